"""Cut connections at chosen queries, and wait until sessions of the database do something."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from tests.database_proxy import Cut, DatabaseProxy
from tests.threads import TIMEOUT_S

#: How the statements of a ride begin.
SELECT_USER, START_RIDE, END_RIDE = "SELECT users", "WITH taken", "WITH ended"


def cut_connections(proxy: DatabaseProxy, *cuts: tuple[Cut, str]) -> list[tuple[Cut, str]]:
    """Cut the connection at queries that begin like this, in this order: ("result", START_RIDE).

    Return the cuts that are still to be made: the list shrinks.
    """
    pending_cuts = list(cuts)

    def on_query(sql: str) -> Cut | None:
        return (
            pending_cuts.pop(0)[0] if pending_cuts and sql.startswith(pending_cuts[0][1]) else None
        )

    proxy.on_query = on_query
    return pending_cuts


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until the condition is true; fail after TIMEOUT_S."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.002)


def read_active_sessions(admin: Engine) -> list[Any]:
    """Return the sessions of applications in this database that work, or wait for a lock.

    ``admin`` is in AUTOCOMMIT: within a transaction PostgreSQL would always say the same.
    """
    query = """
        SELECT pid, wait_event_type = 'Lock' AS waits FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'movr' AND state <> 'idle'"""
    with admin.connect() as connection:
        return list(connection.execute(text(query)))


def wait_for_lock_wait(admin: Engine) -> None:
    """Wait until an application waits for a lock of another session."""
    wait_until(lambda: any(session.waits for session in read_active_sessions(admin)))
