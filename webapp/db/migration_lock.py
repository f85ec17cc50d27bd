"""One migration at a time, on CockroachDB too, whose advisory locks do nothing.

The lock is a row with an owner and an expiry, which the owner renews while it works. Another runner
waits. When an owner has died, its lock expires, and the next runner takes it.
"""

import os
import socket
import threading
import time
from contextlib import suppress
from uuid import uuid4

import click
from alembic.util import CommandError
from rich.console import Console
from sqlalchemy import TextClause, create_engine, pool, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from webapp.db.errors import CONFLICTS, sqlstate

#: A runner whose lock was not renewed for so long is taken for dead.
EXPIRY_S = 15.0
HEARTBEAT_S = 3.0
POLL_S = 0.5
#: How long a second runner waits for one that is alive.
LOCK_WAIT_TIMEOUT_S = 1800.0
#: How long a schema change may wait for the transaction of another session. Every later query of
#: the table waits behind it, so it must be short.
TABLE_LOCK_TIMEOUT_S = 10
#: Errors when two runners create the table at the same moment.
MADE_BY_ANOTHER = {"23505", "42P07", "42710"} | CONFLICTS

CREATE = text(
    "CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY,"
    " owner VARCHAR(200) NOT NULL, expires_at TIMESTAMP WITH TIME ZONE NOT NULL)"
)
TAKE = text(
    "INSERT INTO migration_lock (id, owner, expires_at)"
    " VALUES (1, :owner, now() + CAST(:expiry AS INTERVAL))"
    " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE migration_lock.expires_at < now() RETURNING owner"
)
RENEW = text(
    "UPDATE migration_lock SET expires_at = now() + CAST(:expiry AS INTERVAL)"
    " WHERE id = 1 AND owner = :owner RETURNING owner"
)
RELEASE = text("DELETE FROM migration_lock WHERE id = 1 AND owner = :owner RETURNING owner")
OWNER = text("SELECT owner FROM migration_lock WHERE id = 1")


class MigrationLock:
    """``with MigrationLock(url) as lock:`` no other runner migrates that database meanwhile.

    Waits for a runner that is alive, and says so on stderr. Raises CommandError after
    LOCK_WAIT_TIMEOUT_S.
    """

    def __init__(self, url: URL, expiry_s: float = EXPIRY_S, heartbeat_s: float = HEARTBEAT_S):
        self.owner = f"{socket.gethostname()}, process {os.getpid()} ({uuid4().hex[:8]})"
        self.heartbeat_s = heartbeat_s
        self._values = {"owner": self.owner, "expiry": f"{expiry_s} seconds"}
        # Connections of its own: the lock must be visible at once, and renewed during long work.
        limit = f"{url.query.get('options', '')} -c statement_timeout={int(expiry_s * 1000)}"
        self._engine = create_engine(
            url,
            poolclass=pool.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 10, "options": limit.strip()},
        )
        self._finished = threading.Event()
        self._renewal = threading.Thread(target=self._renew_regularly, daemon=True)

    def __enter__(self) -> "MigrationLock":
        self._make_table()
        if not self._execute(TAKE):
            self._wait()
        self._renewal.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self._renewal.join()
        with suppress(DBAPIError):  # it expires by itself, and the error of the work comes first
            self._execute(RELEASE)

    def renew(self) -> None:
        """Renew the lock between two steps; raise CommandError if another runner has taken it."""
        if not self._execute(RENEW):
            raise CommandError(
                "Another migration took over, because this one did not renew its lock in time."
            )

    def _make_table(self) -> None:
        try:
            self._execute(CREATE)
        except DBAPIError as error:
            if sqlstate(error) not in MADE_BY_ANOTHER:
                raise
            self._execute(CREATE)

    def _wait(self) -> None:
        deadline = time.monotonic() + LOCK_WAIT_TIMEOUT_S
        owner = self._execute(OWNER) or "one that has just ended"
        click.echo(f"Another migration is running: {owner}. Waiting for it.", err=True)
        with Console(stderr=True).status("Waiting for the other migration"):
            while not self._execute(TAKE):
                if time.monotonic() > deadline:
                    raise CommandError(f"The other migration ({owner}) does not end. Try later.")
                time.sleep(POLL_S)
        click.echo("It is our turn.", err=True)

    def _renew_regularly(self) -> None:
        while not self._finished.wait(self.heartbeat_s):
            with suppress(DBAPIError):  # the next renewal may succeed; renew() raises the error
                self._execute(RENEW)

    def _execute(self, statement: TextClause) -> str | None:
        """Execute a statement; return the owner that it returns, if any."""
        with self._engine.connect() as connection:
            result = connection.execute(statement, self._values)
            owner: str | None = result.scalar() if result.returns_rows else None
            return owner
