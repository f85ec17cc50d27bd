"""A small cache in the memory of a process, for what is read often and changes seldom."""

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.retries import is_transient

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TimedCache(Generic[Key, Value]):
    """Values by key, each for a limited time. Safe for threads.

    Of threads that miss the same value at the same moment one reads the database, and the others
    wait for it. A load that fails fails for all of them. Beyond ``max_size`` keys the value that
    was loaded first is dropped.

    keeps_when_unavailable: while the database does not answer, values are used at any age.
    stale_s: for so long after its time a value is still used while another thread loads the new
        one, and while the database does not answer.
    """

    def __init__(
        self,
        max_age_s: float,
        max_size: int = 256,
        clock: Callable[[], float] = time.monotonic,
        keeps_when_unavailable: bool = False,
        stale_s: float = 0.0,
    ) -> None:
        self.max_age_s = max_age_s
        self.stale_s = stale_s
        self.keeps_when_unavailable = keeps_when_unavailable
        self.max_size = max_size
        #: Seconds from any moment on; tests put their own here.
        self.clock = clock
        self._entries: dict[Key, tuple[float, Value]] = {}
        self._generation = 0
        self._loads: dict[tuple[Key, int], Future[Value]] = {}
        self._lock = Lock()

    def get(
        self,
        key: Key,
        load: Callable[[], Value],
        max_age_s: float | None = None,
        is_current: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """Return the value if it is young enough, else load it.

        max_age_s: another limit than the one of the cache.
        is_current: whether a young value still holds; else it is used like one that is too old.
        """
        limit_s = self.max_age_s if max_age_s is None else max_age_s
        now = self.clock()
        with self._lock:
            entry, generation = self._entries.get(key), self._generation
        if entry and now - entry[0] <= limit_s and is_current(entry[1]):
            return entry[1]
        try:
            if limit_s <= 0:  # nothing that is running may have begun before this moment
                return self._load(key, generation, now, load)
            is_stale = entry is not None and now - entry[0] <= limit_s + self.stale_s
            return self._load_once(key, generation, now, load, entry if is_stale else None)
        except (DBAPIError, PoolTimeout) as error:
            kept_value = self._find_kept(key, now - limit_s) if is_transient(error) else None
            if kept_value is None:
                raise
            return kept_value

    def _load(self, key: Key, generation: int, now: float, load: Callable[[], Value]) -> Value:
        value = load()
        with self._lock:
            if generation == self._generation:  # else it may be older than what was written
                self._store(key, now, value)
        return value

    def _find_kept(self, key: Key, expired_at: float) -> Value | None:
        """Return the value if it may be used while the database does not answer."""
        with self._lock:
            entry = self._entries.get(key)
        is_kept = self.keeps_when_unavailable or (entry and expired_at - entry[0] <= self.stale_s)
        return entry[1] if entry and is_kept else None

    def _load_once(
        self,
        key: Key,
        generation: int,
        now: float,
        load: Callable[[], Value],
        stale_entry: tuple[float, Value] | None,
    ) -> Value:
        """Load the value; while another thread does, return the old one, or wait."""
        with self._lock:
            own_load = Future[Value]()
            running_load = self._loads.setdefault((key, generation), own_load)
        if running_load is not own_load:
            return stale_entry[1] if stale_entry else running_load.result()
        try:
            own_load.set_result(self._load(key, generation, now, load))
        except BaseException as error:
            own_load.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._loads[key, generation]
        return own_load.result()

    @property
    def generation(self) -> int:
        """How often the process has written something, so that all values were forgotten."""
        return self._generation

    def peek(self, key: Key) -> Value | None:
        """Return the value, however old it is; None: there is none."""
        with self._lock:
            entry = self._entries.get(key)
        return entry[1] if entry else None

    def clear(self) -> None:
        """Forget all values, because the process has written something."""
        with self._lock:
            self._entries.clear()
            self._generation += 1

    def drop_expired(self) -> None:
        """Forget the values that are too old to be used, so that they do not stay in memory."""
        expired_at = self.clock() - self.max_age_s - self.stale_s
        with self._lock:
            while self._entries and next(iter(self._entries.values()))[0] < expired_at:
                del self._entries[next(iter(self._entries))]

    def _store(self, key: Key, loaded_at: float, value: Value) -> None:
        self._entries.pop(key, None)  # so that the entries stay in the order of their loading
        if len(self._entries) >= self.max_size:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = loaded_at, value
