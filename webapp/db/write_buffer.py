"""Counts of requests that are written later, many at a time.

A request that is only counted must not wait for the database, and no two of them may conflict. So
each process collects its counts in memory. A thread writes them every ``COUNTS_FLUSH_S`` seconds,
and a last time when the server stops. What a killed process had is lost: a minute of counts.
"""

import logging
from collections.abc import Callable, Hashable, Mapping
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from flask import Flask, current_app

log = logging.getLogger(__name__)
Key = TypeVar("Key", bound=Hashable)

#: With so many counts waiting, further keys are dropped until the next flush.
MAX_KEYS = 20_000


class WriteBuffer(Generic[Key]):
    """Integers by key that wait to be written. Safe for threads.

    merge: how two values of a key become one: a sum, a union of bits.
    write: writes some of them, as one transaction.
    """

    def __init__(
        self, merge: Callable[[int, int], int], write: Callable[[Mapping[Key, int]], None]
    ) -> None:
        self._merge, self._write = merge, write
        self._values: dict[Key, int] = {}
        self._lock = Lock()

    def add(self, key: Key, value: int) -> None:
        """Add a value, which is written with the next flush."""
        with self._lock:
            if key in self._values:
                self._values[key] = self._merge(self._values[key], value)
            elif len(self._values) < MAX_KEYS:
                self._values[key] = value

    def clear(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._values.clear()

    def flush(self) -> None:
        """Write what waits. After an error it waits for the next flush."""
        with self._lock:
            values, self._values = self._values, {}
        if not values:
            return
        try:
            self._write(values)
        except Exception:
            for key, value in values.items():
                self.add(key, value)
            raise


def init_app(app: Flask) -> None:
    app.extensions["movr_write_buffers"] = {}


# Any: buffers have different keys.
def write_buffers(app: Flask | None = None) -> dict[str, WriteBuffer[Any]]:
    """Return the buffers of an application, by default of the current one. Modules add theirs."""
    buffers: dict[str, WriteBuffer[Any]] = (app or current_app).extensions["movr_write_buffers"]
    return buffers


def flush_write_buffers(app: Flask) -> None:
    """Write what waits in all buffers of an application; errors are logged."""
    for name, buffer in write_buffers(app).items():
        try:
            with app.app_context():
                buffer.flush()
        except Exception:
            log.exception("counts of %s could not be written, and wait", name)


def start_flushing(app: Flask) -> None:
    """Start the thread that flushes; for a process that answers requests."""
    period_s: float = app.config["COUNTS_FLUSH_S"]

    def run() -> None:
        pause = Event()
        while not pause.wait(period_s):
            flush_write_buffers(app)

    Thread(target=run, name="flush", daemon=True).start()
