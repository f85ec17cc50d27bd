"""A CockroachDB database whose regions are read and changed, one statement at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, text
from sqlalchemy.exc import DBAPIError

from webapp.db.errors import CONFLICTS, is_unavailable, sqlstate
from webapp.errors import DomainError

#: Pause between two looks at the jobs of the database, seconds.
POLL_S = 0.5

INSUFFICIENT_PRIVILEGE = "42501"
DEPENDENT_OBJECTS = "2BP01"
#: CockroachDB: a schema change began, was found impossible, and was undone.
SCHEMA_CHANGE_UNDONE = "XXA00"


class PlacementRefused(DomainError):
    """The change is not possible; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass(frozen=True)
class Regions:
    """The regions of a cluster and of a database in it."""

    database: str
    #: Regions that have nodes.
    cluster_regions: tuple[str, ...]
    database_regions: tuple[str, ...] = ()
    primary: str = ""
    #: What the database survives the loss of: ``zone`` or ``region``; '' before the first region.
    survival_goal: str = ""


@dataclass(frozen=True)
class Job:
    """A change that the database works on."""

    description: str
    fraction_done: float


def quote_identifier(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


class RegionalDatabase:
    """The regions of the database of an engine, which is in AUTOCOMMIT."""

    JOBS_QUERY = (
        "SELECT description, fraction_completed FROM [SHOW JOBS]"
        " WHERE description LIKE 'ALTER DATABASE %' AND status IN ('pending', 'running')"
    )

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def read_regions(self) -> Regions:
        database = str(self._execute("SELECT current_database() AS name")[0]["name"])
        cluster_rows = self._execute("SHOW REGIONS FROM CLUSTER")
        database_rows = self._execute(f"SHOW REGIONS FROM DATABASE {quote_identifier(database)}")
        return Regions(
            database=database,
            cluster_regions=tuple(row["region"] for row in cluster_rows),
            database_regions=tuple(row["region"] for row in database_rows),
            primary=next((row["region"] for row in database_rows if row["primary"]), ""),
            survival_goal=self._read_survival_goal(database) if database_rows else "",
        )

    def _read_survival_goal(self, database: str) -> str:
        (row,) = self._execute(f"SHOW SURVIVAL GOAL FROM DATABASE {quote_identifier(database)}")
        return str(row["survival_goal"] or "")

    def change(self, statement: str, on_progress: Callable[[list[Job]], None]) -> None:
        """Run a statement, and wait for the jobs that it starts in the database.

        ``on_progress`` is called with the jobs, every POLL_S. Raises PlacementRefused.
        """
        errors: list[Exception] = []

        def run() -> None:
            try:
                self._execute(statement)
            except Exception as error:
                errors.append(error)

        # A daemon: after Ctrl-C the process ends at once, and the change goes on.
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(POLL_S)
            on_progress(self._read_jobs())
        if errors:
            raise _explain_error(errors[0]) from None
        while jobs := self._read_jobs():
            on_progress(jobs)
            time.sleep(POLL_S)

    def _read_jobs(self) -> list[Job]:
        with suppress(DBAPIError):  # accounts that may not see jobs wait without progress
            rows = self._execute(self.JOBS_QUERY)
            return [Job(row["description"], float(row["fraction_completed"] or 0)) for row in rows]
        return []

    def _execute(self, statement: str) -> Sequence[RowMapping]:
        """Run the statement; return its rows, if it has any."""
        with self.engine.connect() as connection:
            result = connection.execute(text(statement.replace(":", r"\:")))
            return result.mappings().all() if result.returns_rows else []


def _explain_error(error: Exception) -> Exception:
    """Return an error of the server as PlacementRefused, where MovR can say more about it."""
    if not isinstance(error, DBAPIError):
        return error
    explanation = _explain_database_error(error)
    return PlacementRefused(explanation) if explanation else error


def _explain_database_error(error: DBAPIError) -> str | None:
    """Return what the error means, and what to do; None: nothing more than its own message."""
    state, server_message = sqlstate(error), str(error.orig).strip().splitlines()[0]
    is_undone = state == SCHEMA_CHANGE_UNDONE
    if state == INSUFFICIENT_PRIVILEGE:
        return "This account of the database may not change regions. An admin or the owner may."
    if state == DEPENDENT_OBJECTS or (is_undone and "enum value" in server_message):
        return (
            "Rows still live in that region, so it stays. A city that moved away may have left"
            f" some: run 'flask cities move' for it again. ({server_message})"
        )
    if is_undone:
        return f"The database began the change and took it back: {server_message}"
    if state in CONFLICTS:
        return "Somebody else was changing the database at the same time. Try again."
    if is_unavailable(error):
        return (
            "The connection was lost while the database was working. The change may go on:"
            " look with 'flask regions list'."
        )
    return None
