"""A circuit breaker: while the database does not answer, requests fail at once.

Without it each request would hold a thread until its time-out, and soon all threads would wait.
"""

import logging
from collections.abc import Callable
from threading import Lock

from flask import Flask, current_app
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.retries import RETRY_CLOCK

log = logging.getLogger(__name__)

CIRCUIT_BREAKER = "movr_circuit_breaker"


class DatabaseUnresponsive(PoolTimeout):
    """The circuit is open: nothing was sent to the database. It is handled like a full pool."""


class CircuitBreaker:
    """Opens after a time-out during which the database has answered nobody. Safe for threads.

    A single node that is frozen opens nothing, because the other nodes answer meanwhile. An open
    circuit lets one call through each ``open_s`` seconds (half-open); any answer closes it.

    open_s: 0 means that it never opens.
    clock: seconds from any moment on.
    """

    def __init__(self, open_s: float, clock: Callable[[], float]) -> None:
        self.open_s = open_s
        self.clock = clock
        self._answered_at = float("-inf")
        #: When the next call may pass; None: the circuit is closed.
        self._next_probe_at: float | None = None
        self._lock = Lock()

    def check(self) -> None:
        """Raise DatabaseUnresponsive if this call may not pass."""
        if self._next_probe_at is None:
            return
        with self._lock:
            now = self.clock()
            if self._next_probe_at is None:
                return
            if now < self._next_probe_at:
                raise DatabaseUnresponsive("the database does not answer")
            self._next_probe_at = now + self.open_s

    def record_answer(self) -> None:
        """Note that the database has answered, whatever it said."""
        self._answered_at = self.clock()
        if self._next_probe_at is not None:
            with self._lock:
                was_open, self._next_probe_at = self._next_probe_at is not None, None
            if was_open:
                log.warning("the database answers again")

    def record_timeout(self, waiting_since: float) -> None:
        """Note a call that got no answer in time. waiting_since: its beginning, on the clock."""
        if not self.open_s or self._answered_at > waiting_since:
            return
        with self._lock:
            was_open = self._next_probe_at is not None
            self._next_probe_at = self.clock() + self.open_s
        if not was_open:
            log.error("the database does not answer: requests fail at once")


def init_app(app: Flask) -> None:
    app.extensions[CIRCUIT_BREAKER] = CircuitBreaker(
        app.config["CIRCUIT_OPEN_S"], lambda: app.extensions[RETRY_CLOCK].monotonic()
    )


def get_circuit_breaker(app: Flask | None = None) -> CircuitBreaker:
    """Return the circuit breaker of an application, by default of the current one."""
    breaker: CircuitBreaker = (app or current_app).extensions[CIRCUIT_BREAKER]
    return breaker
