"""What runs now: one request, command or job. Log lines, metrics and ``Server-Timing`` read it.

A ``ContextVar`` holds it: each thread, and each task within one, has its own.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID, uuid4

#: The route of requests that match none, or that are answered before there is one.
NO_ROUTE = "none"


class Execution:
    """One request, command or job, and what it has used of the database so far."""

    __slots__ = (
        "account_key",
        "cause_id",
        "database_ns",
        "id",
        "job_id",
        "kind",
        "last_wait_ns",
        "method",
        "name",
        "retries",
        "round_trips",
        "shows_timing",
        "span",
        "started_ns",
    )

    def __init__(
        self, kind: str, name: str, *, method: str = "", job_id: str = "", cause_id: str = ""
    ) -> None:
        #: ``request``, ``command`` or ``job``.
        self.kind = kind
        #: The template of the route, the words of the command, or the kind of the job: one of few.
        self.name = name
        self.method = method
        self.job_id = job_id
        #: Of a job: the id of the request that wrote it; '' when there is none.
        self.cause_id = cause_id
        #: The request id, or the same for a command or a job.
        self.id: UUID = uuid4()
        #: Text of the key of the signed-in account; '' when there is none.
        self.account_key = ""
        self.round_trips = 0
        self.database_ns = 0
        #: How long the last round trip took.
        self.last_wait_ns = 0
        #: Transactions that were tried again.
        self.retries = 0
        #: Whether whoever asked may see how long it took (``Server-Timing``).
        self.shows_timing = False
        #: Its span, where traces are recorded.
        self.span: Any = None
        self.started_ns = time.perf_counter_ns()

    @property
    def elapsed_s(self) -> float:
        return (time.perf_counter_ns() - self.started_ns) / 1e9

    @property
    def database_s(self) -> float:
        return self.database_ns / 1e9

    def identity(self) -> dict[str, Any]:
        """Return the fields of every log line that is written meanwhile."""
        fields = {"request_id" if self.kind == "request" else f"{self.kind}_run": str(self.id)}
        fields["route" if self.kind == "request" else self.kind] = self.name
        if self.account_key:
            fields["account"] = self.account_key
        if self.job_id:
            fields["job_id"] = self.job_id
        if self.cause_id:
            fields["request_id"] = self.cause_id
        return fields

    def usage(self) -> dict[str, Any]:
        """Return the fields of the line at its end."""
        return {
            "ms": round(self.elapsed_s * 1000, 1),
            "round_trips": self.round_trips,
            "database_ms": round(self.database_ns / 1e6, 2),
            "retries": self.retries,
        }


_current: ContextVar[Execution | None] = ContextVar("execution", default=None)


def current_execution() -> Execution | None:
    """Return what runs in this thread; None outside of requests, commands and jobs."""
    return _current.get()


def enter(execution: Execution | None) -> Execution | None:
    """Make ``execution`` the current one, and return the one before: for ``enter`` at its end."""
    previous = _current.get()
    _current.set(execution)
    return previous


@contextmanager
def running(execution: Execution) -> Iterator[Execution]:
    """Make ``execution`` the current one within."""
    previous = enter(execution)
    try:
        yield execution
    finally:
        enter(previous)


def record_round_trip(waited_ns: int) -> None:
    """Count one question to the database and how long its answer took."""
    if execution := _current.get():
        execution.round_trips += 1
        execution.database_ns += waited_ns
        execution.last_wait_ns = waited_ns


def record_retry() -> None:
    """Count a transaction that is tried again."""
    if execution := _current.get():
        execution.retries += 1


def record_account(account_key: object) -> None:
    """Note the key of the account that has signed in; never its name."""
    if execution := _current.get():
        execution.account_key = str(account_key)
