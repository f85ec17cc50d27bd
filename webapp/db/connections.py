"""Connections to the database: settings, time-out, and replacement of closed ones."""

import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2 import extensions as pg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

from webapp.db.circuit_breaker import CircuitBreaker
from webapp.observability.execution import record_round_trip


def connect_args(
    url: URL,
    timeout_ms: int,
    variables: Mapping[str, str],
    circuit_breaker: CircuitBreaker | None = None,
) -> dict[str, Any]:
    """Return the arguments of psycopg2.connect: session variables, and the answer time-out.

    circuit_breaker: is told of each answer and of each time-out.
    """
    # The server gives up a little before we do: it undoes the statement and says so, where a
    # client that hung up would not know whether it was done.
    settings = {"statement_timeout": str(timeout_ms * 9 // 10), **variables}
    options = [str(url.query.get("options", "")), *(f"-c {k}={v}" for k, v in settings.items())]
    return {
        "application_name": "movr",
        "options": " ".join(options).strip(),
        "connection_factory": _make_connection_class(timeout_ms / 1000, circuit_breaker),
    }


def _make_connection_class(
    answer_timeout_s: float, circuit_breaker: CircuitBreaker | None
) -> type[pg.connection]:
    """Return a psycopg2 connection class with an answer time-out (see _wait_for_answer)."""
    attributes = {"answer_timeout_s": answer_timeout_s, "circuit_breaker": circuit_breaker}
    return type("TimedConnection", (pg.connection,), attributes)


def _wait_for_answer(connection: Any) -> None:
    """Wait for the server, up to the time-out of the connection, and count the round trip.

    A server that is frozen, or behind a broken network, never answers, and its own time-outs
    cannot help.
    """
    started_ns = time.perf_counter_ns()
    try:
        _poll_until_answered(connection)
    finally:
        record_round_trip(time.perf_counter_ns() - started_ns)


def _poll_until_answered(connection: Any) -> None:
    timeout_s = getattr(connection, "answer_timeout_s", None)
    breaker: CircuitBreaker | None = getattr(connection, "circuit_breaker", None)
    waiting_since = breaker.clock() if breaker else 0.0
    deadline = time.monotonic() + timeout_s if timeout_s else None
    while (state := connection.poll()) != pg.POLL_OK:
        poller = select.poll()
        poller.register(
            connection.fileno(), select.POLLIN if state == pg.POLL_READ else select.POLLOUT
        )
        left_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        if not poller.poll(left_ms):
            if breaker:
                breaker.record_timeout(waiting_since)
            raise psycopg2.OperationalError(f"no answer from the database within {timeout_s} s")
    if breaker:
        breaker.record_answer()


pg.set_wait_callback(_wait_for_answer)


def replace_closed_connection(dbapi_connection: Any, record: Any, proxy: Any) -> None:
    """Replace a connection that the server has closed, at check-out and without a round trip.

    An idle connection has nothing to read, unless the server has closed it: so no pre-ping is
    needed. The pool connects again on DisconnectionError, but only once, so a new connection is
    not checked. If it is lost already, its first query raises the error.
    """
    is_new = "was_used" not in record.info
    record.info["was_used"] = True
    if is_new:
        return
    if dbapi_connection.closed:
        raise DisconnectionError("the connection is closed")
    poller = select.poll()
    poller.register(dbapi_connection.fileno(), select.POLLIN)
    if poller.poll(0):
        raise DisconnectionError("the server has closed the connection")
