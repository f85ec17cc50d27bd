"""How one connection to the database behaves: its settings, its patience, and its end."""

import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2 import extensions as pg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError


def connect_args(url: URL, timeout_ms: int, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return what psycopg2 is told at connect: session variables, and how long to be patient."""
    # The server gives up a little before we do: it undoes the statement and says so, where a
    # client that hung up would not know whether it was done.
    settings = {"statement_timeout": str(timeout_ms * 9 // 10), **variables}
    options = [str(url.query.get("options", "")), *(f"-c {k}={v}" for k, v in settings.items())]
    return {
        "application_name": "movr",
        "options": " ".join(options).strip(),
        "connection_factory": _impatient_connection(timeout_ms / 1000),
    }


def _impatient_connection(answer_timeout_s: float) -> type[pg.connection]:
    """Return a psycopg2 connection class that carries its patience (see _wait_for_answer)."""
    return type("ImpatientConnection", (pg.connection,), {"answer_timeout_s": answer_timeout_s})


def _wait_for_answer(connection: Any) -> None:
    """Wait for the server, but not for ever: a server that is frozen, or behind a dead network,
    answers neither yes nor no, and no timeout on its side can help."""
    timeout_s = getattr(connection, "answer_timeout_s", None)
    deadline = time.monotonic() + timeout_s if timeout_s else None
    while (state := connection.poll()) != pg.POLL_OK:
        poller = select.poll()
        poller.register(
            connection.fileno(), select.POLLIN if state == pg.POLL_READ else select.POLLOUT
        )
        left_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        if not poller.poll(left_ms):
            raise psycopg2.OperationalError(f"no answer from the database within {timeout_s} s")


pg.set_wait_callback(_wait_for_answer)


def replace_closed_connection(dbapi_connection: Any, record: Any, proxy: Any) -> None:
    """Notice at check-out that the server has hung up, without asking it.

    An idle connection has nothing to read; if it has, it is a farewell. This is what a
    pre-ping is for, at no round trip. The pool connects anew on DisconnectionError, but once
    only; so a new connection is not looked at. If it is lost already, its first query tells.
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
