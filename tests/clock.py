"""A clock of ``run_transaction`` that tests move, and a busy machine does not."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask

from webapp.db.retries import RETRY_CLOCK, RetryClock


class SteppedClock(RetryClock):
    """Counts the pauses and nothing else, so that a slow machine uses up no deadline.

    Each thread has a time of its own: the pauses that it made. ``advance`` moves all of them.
    skips_pauses: pauses take no real time. Threads in conflict need some, to part.
    """

    def __init__(self, skips_pauses: bool = False) -> None:
        self.skips_pauses = skips_pauses
        self.pauses_ms: list[int] = []
        #: Called before each pause.
        self.on_pause: Callable[[], object] = lambda: None
        self._advanced_s = 0.0
        self._thread = threading.local()

    def monotonic(self) -> float:
        paused_s: float = getattr(self._thread, "paused_s", 0.0)
        return self._advanced_s + paused_s

    def sleep(self, seconds: float) -> None:
        self.on_pause()
        self.pauses_ms.append(round(seconds * 1000))
        self._thread.paused_s = getattr(self._thread, "paused_s", 0.0) + seconds
        if not self.skips_pauses:
            time.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass: beyond a deadline, say."""
        self._advanced_s += seconds


@contextmanager
def stepped_clock(app: Flask) -> Iterator[SteppedClock]:
    """Give the application a new clock for a while, on which pauses take no real time."""
    clock, before = SteppedClock(skips_pauses=True), app.extensions[RETRY_CLOCK]
    app.extensions[RETRY_CLOCK] = clock
    try:
        yield clock
    finally:
        app.extensions[RETRY_CLOCK] = before
