"""When a failed transaction is tried again, and how often that happened."""

import random
import time
from collections import Counter
from threading import Lock

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.errors import (
    CONFLICTS,
    LOCK_TIMEOUT,
    UNKNOWN_RESULT,
    is_connection_lost,
    is_unavailable,
    sqlstate,
)
from webapp.observability.metrics import FAILED_ATTEMPTS

RETRY_COUNTER = "movr_retry_counter"
RETRY_CLOCK = "movr_retry_clock"


class RetryClock:
    """The time that ``run_transaction`` measures and spends, in seconds. Tests have another."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def is_transient(error: DBAPIError | PoolTimeout) -> bool:
    """Tell whether the same transaction may succeed later."""
    return isinstance(error, PoolTimeout) or is_unavailable(error)


def find_pause_s(
    error: DBAPIError | PoolTimeout,
    attempt_number: int,
    started_at: float,
    timeout_ms: int | None = None,
) -> float | None:
    """Return how long to wait before the next attempt, in seconds; None: there is none.

    started_at: when the first attempt began, on the retry clock.
    timeout_ms: of the attempt, if it has one of its own; the deadline after a conflict is not
        shorter.
    """
    if not _is_retryable(error) or attempt_number >= current_app.config["TRANSACTION_ATTEMPTS"]:
        return None
    pause_s = _choose_pause_s(attempt_number)
    deadline_s = _find_deadline_s(error, timeout_ms or 0)
    next_attempt_at = get_retry_clock().monotonic() + pause_s
    return pause_s if next_attempt_at <= started_at + deadline_s else None


def _is_retryable(error: DBAPIError | PoolTimeout) -> bool:
    """Tell whether a transient error is worth an attempt now. A slow statement and a full pool are
    not: they have taken as long already as a person waits."""
    if isinstance(error, PoolTimeout):
        return False
    retryable = CONFLICTS | {UNKNOWN_RESULT, LOCK_TIMEOUT}
    return is_connection_lost(error) or sqlstate(error) in retryable


def _find_deadline_s(error: DBAPIError | PoolTimeout, timeout_ms: int) -> float:
    """Return how long after the first attempt a new one may begin, in seconds."""
    lost = isinstance(error, DBAPIError) and is_connection_lost(error)
    name = "TRANSACTION_RECONNECT_MS" if lost else "TRANSACTION_DEADLINE_MS"
    deadline_ms: int = current_app.config[name]
    return (deadline_ms if lost else max(deadline_ms, timeout_ms)) / 1000


def _choose_pause_s(attempt_number: int) -> float:
    """Return how long to wait after an attempt, in seconds: exponential back-off with full jitter.

    Two transactions in conflict would otherwise meet again after the same pause.
    """
    config = current_app.config
    longest_ms = min(
        config["TRANSACTION_LONGEST_PAUSE_MS"],
        config["TRANSACTION_FIRST_PAUSE_MS"] * 2**attempt_number,
    )
    return random.uniform(0, longest_ms) / 1000  # noqa: S311 - jitter, not a secret


class RetryCounter:
    """Counts the failed attempts of an application, by cause and outcome; safe for threads.

    Causes: an SQLSTATE, ``lost`` (the connection), ``pool`` (no connection was free),
    ``circuit`` (the circuit breaker was open).
    Outcomes: ``again`` (another attempt followed), ``gave up`` (nothing was written), ``unknown``
    (AmbiguousCommit).
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def add(self, cause: str, outcome: str) -> None:
        with self._lock:
            self._counts[cause, outcome] += 1
        FAILED_ATTEMPTS.labels(cause, outcome).inc()

    def read(self) -> dict[tuple[str, str], int]:
        """Return a copy of all counts since the start of the process."""
        with self._lock:
            return dict(self._counts)


def init_app(app: Flask) -> None:
    app.extensions[RETRY_COUNTER] = RetryCounter()
    app.extensions[RETRY_CLOCK] = RetryClock()


def get_retry_counter(app: Flask | None = None) -> RetryCounter:
    """Return the counter of an application, by default of the current one."""
    counter: RetryCounter = (app or current_app).extensions[RETRY_COUNTER]
    return counter


def get_retry_clock() -> RetryClock:
    """Return the clock of the current application."""
    clock: RetryClock = current_app.extensions[RETRY_CLOCK]
    return clock
