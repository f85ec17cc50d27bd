"""A small cache in the memory of a process, for what is read often and changes seldom."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.retries import is_transient

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TimedCache(Generic[Key, Value]):
    """Values by key, each for a limited time. Safe for threads.

    Values are loaded outside of the lock: threads that miss the same value at the same moment each
    read the database, but none waits for another one. Beyond ``max_size`` keys the value that was
    loaded first is dropped.

    keeps_when_unavailable: while the database does not answer, values are used at any age.
    """

    def __init__(
        self,
        max_age_s: float,
        max_size: int = 256,
        clock: Callable[[], float] = time.monotonic,
        keeps_when_unavailable: bool = False,
    ) -> None:
        self.max_age_s = max_age_s
        self.keeps_when_unavailable = keeps_when_unavailable
        self.max_size = max_size
        #: Seconds from any moment on; tests put their own here.
        self.clock = clock
        self._entries: dict[Key, tuple[float, Value]] = {}
        self._generation = 0
        self._lock = Lock()

    def get(self, key: Key, load: Callable[[], Value], max_age_s: float | None = None) -> Value:
        """Return the value if it is young enough, else load it.

        max_age_s: another limit than the one of the cache.
        """
        limit_s = self.max_age_s if max_age_s is None else max_age_s
        now = self.clock()
        with self._lock:
            entry, generation = self._entries.get(key), self._generation
        if entry and now - entry[0] <= limit_s:
            return entry[1]
        try:
            value = load()
        except (DBAPIError, PoolTimeout) as error:
            kept_value = (
                self.peek(key) if self.keeps_when_unavailable and is_transient(error) else None
            )
            if kept_value is None:
                raise
            return kept_value
        with self._lock:
            if generation == self._generation:  # else it may be older than what was written
                self._store(key, now, value)
        return value

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

    def _store(self, key: Key, loaded_at: float, value: Value) -> None:
        self._entries.pop(key, None)  # so that the entries stay in the order of their loading
        if len(self._entries) >= self.max_size:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = loaded_at, value
