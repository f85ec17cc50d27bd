"""Where and when to harm: at which query, while which session waits."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from tests.wire import Wire

#: How the statements of a ride begin on the wire.
ASKING_WHO, STARTING, ENDING = "SELECT users", "WITH taken", "WITH ended"
PATIENCE_S = 60


def cut(wire: Wire, *plan: tuple[str, str]) -> list[tuple[str, str]]:
    """Cut the line at queries that begin like this, one after the other: ("answer", STARTING).

    Return what is still to be cut; it empties.
    """
    left = list(plan)

    def on_query(sql: str) -> str | None:
        return left.pop(0)[0] if left and sql.startswith(left[0][1]) else None

    wire.on_query = on_query
    return left


def until(is_true: Callable[[], object]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)


def busy(admin: Engine) -> list[Any]:
    """Return the applications' sessions in this database that work, or wait for a lock.

    ``admin`` is in AUTOCOMMIT: within a transaction PostgreSQL would always say the same.
    """
    sessions = """
        SELECT pid, wait_event_type = 'Lock' AS waits FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'movr' AND state <> 'idle'"""
    with admin.connect() as connection:
        return list(connection.execute(text(sessions)))


def until_one_waits(admin: Engine) -> None:
    """Wait until an application waits for a lock that somebody else holds."""
    until(lambda: any(session.waits for session in busy(admin)))
