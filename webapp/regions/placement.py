"""The regions of the database: which there are, and how they are added, dropped and survived.

CockroachDB keeps each row in its region; ``RegionalDatabase`` changes which regions there are.
PostgreSQL has one place for all rows: there the regions are those that the catalogue names.
"""

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Engine, create_engine, pool, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from webapp.db.errors import CONFLICTS, is_unavailable, sqlstate
from webapp.db.keys import REGION_PATTERN
from webapp.errors import DomainError
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

#: Regions stand in addresses (webapp/db/keys.py).
NAME = re.compile(REGION_PATTERN)
#: ``survive region`` keeps each row's majority when one region is lost.
REGIONS_TO_SURVIVE = 3
POLL_S = 0.5

NO_TABLE = "42P01"
NOT_ALLOWED = "42501"
#: The change began, was found impossible, and was undone.
CHANGE_UNDONE = "XXA00"
STILL_USED = "2BP01"


class Refusal(DomainError):
    """What was asked cannot be done; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def is_placed() -> bool:
    """Tell whether the database has regions at all."""
    return _url().get_backend_name() == "cockroachdb"


def cities_by_region() -> dict[str, list[City]]:
    """Return the cities of the catalogue by region; none where the tables are not made yet."""
    found: dict[str, list[City]] = {}
    try:
        cities = catalogue().all()
    except DBAPIError as error:
        if sqlstate(error) != NO_TABLE:
            raise
        cities = []
    for city in cities:
        found.setdefault(city.region, []).append(city)
    return found


def check_empty(region: str) -> None:
    """Raise Refusal when a city lives in the region."""
    if cities := cities_by_region().get(region):
        names = ", ".join(city.label for city in cities)
        raise Refusal(
            f"Cities still live in '{region}': {names}."
            " Move them first: flask cities move NAME --region R."
        )


def check_region(region: str) -> None:
    """Raise Refusal when no city can live in that region."""
    if not NAME.fullmatch(region):
        raise Refusal("A region's name has 1 to 32 letters, digits, hyphens and underscores.")
    if is_placed():
        known = RegionalDatabase(maintenance_engine()).look().of_database
        if region not in known:
            raise Refusal(
                f"The database has no region '{region}', only: {', '.join(known) or 'none'}."
                f" Add it with 'flask regions add {region}'."
            )


def _url() -> URL:
    url: URL = current_app.config["SQLALCHEMY_DATABASE_URI"]
    return url


def maintenance_engine() -> Engine:
    """Return an engine for work of minutes: AUTOCOMMIT, without the web's short timeouts."""
    return create_engine(
        _url(),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 10, "application_name": "movr placement"},
    )


# --- the regions of the database --------------------------------------------------------------


@dataclass(frozen=True)
class Regions:
    """What there is: regions with nodes, regions of the database, and what it can lose."""

    database: str
    of_cluster: tuple[str, ...]
    of_database: tuple[str, ...] = ()
    primary: str = ""
    #: ``zone`` or ``region``; '' before the first region.
    survives: str = ""


@dataclass(frozen=True)
class Job:
    """A change that the database works on; ``done`` is a fraction."""

    description: str
    done: float


#: A statement to run, or none because it is so already, and what to say afterwards.
Plan = tuple[str | None, str]


def plan_add(found: Regions, name: str) -> Plan:
    """Plan to add a region; the first one becomes the primary. Raises Refusal."""
    if name in found.of_database:
        return None, f"'{name}' is a region of the database already."
    if name not in found.of_cluster:
        known = ", ".join(found.of_cluster) or "none"
        raise Refusal(
            f"The cluster has no region '{name}', only: {known}. A region is there as soon as a"
            f" node has started with --locality=region={name}."
        )
    if not found.primary:
        statement = f"{_alter(found)} SET PRIMARY REGION {quoted(name)}"
        return statement, f"'{name}' is the primary region of the database now."
    statement = f"{_alter(found)} ADD REGION IF NOT EXISTS {quoted(name)}"
    return statement, f"'{name}' is a region of the database now."


def plan_drop(found: Regions, name: str) -> Plan:
    """Plan to drop a region. Raises Refusal."""
    if name not in found.of_database:
        return None, f"'{name}' is no region of the database."
    check_empty(name)
    left = len(found.of_database) - 1
    if name == found.primary and left:
        raise Refusal(f"'{name}' is the primary region: it can only go as the last one.")
    if found.survives == "region" and left < REGIONS_TO_SURVIVE:
        raise Refusal(
            f"The database shall survive the loss of a region, which takes {REGIONS_TO_SURVIVE};"
            f" {left} would be left. Change that first: flask regions survive zone."
        )
    statement = f"{_alter(found)} DROP REGION IF EXISTS {quoted(name)}"
    return statement, f"'{name}' is no region of the database any more."


def plan_survive(found: Regions, goal: str) -> Plan:
    """Plan what the database can lose, a ``zone`` or a ``region``. Raises Refusal."""
    if found.survives == goal:
        return None, f"The database survives the loss of a {goal} already."
    if not found.primary:
        raise Refusal("The database has no regions yet. Add the first: flask regions add NAME.")
    if goal == "region" and len(found.of_database) < REGIONS_TO_SURVIVE:
        raise Refusal(
            f"To survive the loss of a region takes {REGIONS_TO_SURVIVE} regions, and the database"
            f" has {len(found.of_database)}. Add one with 'flask regions add NAME'."
        )
    statement = f"{_alter(found)} SURVIVE {goal.upper()} FAILURE"
    return statement, f"The database survives the loss of a {goal} now."


def _alter(found: Regions) -> str:
    return f"ALTER DATABASE {quoted(found.database)}"


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


class RegionalDatabase:
    """A CockroachDB whose regions are looked at and changed, one statement at a time."""

    JOBS = (
        "SELECT description, fraction_completed FROM [SHOW JOBS]"
        " WHERE description LIKE 'ALTER DATABASE %' AND status IN ('pending', 'running')"
    )

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def look(self) -> Regions:
        """Return the regions that there are."""
        (here,) = self._rows("SELECT current_database() AS name")
        of_cluster = self._rows("SHOW REGIONS FROM CLUSTER")
        of_database = self._rows(f"SHOW REGIONS FROM DATABASE {quoted(here['name'])}")
        return Regions(
            database=here["name"],
            of_cluster=tuple(row["region"] for row in of_cluster),
            of_database=tuple(row["region"] for row in of_database),
            primary=next((row["region"] for row in of_database if row["primary"]), ""),
            survives=self._goal(here["name"]) if of_database else "",
        )

    def _goal(self, database: str) -> str:
        (row,) = self._rows(f"SHOW SURVIVAL GOAL FROM DATABASE {quoted(database)}")
        return str(row["survival_goal"] or "")

    def change(self, statement: str, watch: Callable[[list[Job]], None]) -> None:
        """Run a statement and wait until the database has done what follows from it.

        ``watch`` is told again and again what the database works on. Raises Refusal.
        """
        raised: list[Exception] = []

        def run() -> None:
            try:
                self._send(statement)
            except Exception as error:
                raised.append(error)

        # A daemon: whoever presses Ctrl-C need not wait for a change that goes on without them.
        sending = threading.Thread(target=run, daemon=True)
        sending.start()
        while sending.is_alive():
            sending.join(POLL_S)
            watch(self._jobs())
        if raised:
            raise _in_plain_words(raised[0]) from None
        while jobs := self._jobs():
            watch(jobs)
            time.sleep(POLL_S)

    def _jobs(self) -> list[Job]:
        with suppress(DBAPIError):  # only to watch: who may not see jobs waits without
            rows = self._rows(self.JOBS)
            return [Job(row["description"], float(row["fraction_completed"] or 0)) for row in rows]
        return []

    def _rows(self, statement: str) -> list[Any]:
        return list(self._send(statement))

    def _send(self, statement: str) -> Any:
        with self.engine.connect() as connection:
            result = connection.execute(text(statement.replace(":", r"\:")))
            return result.mappings().all() if result.returns_rows else []


def _in_plain_words(error: Exception) -> Exception:
    """Return the server's refusal as a Refusal, where there is something to add to its words."""
    if not isinstance(error, DBAPIError):
        return error
    state, said = sqlstate(error), str(error.orig).strip().splitlines()[0]
    if state == NOT_ALLOWED:
        return Refusal(
            "This account of the database may not change regions. An admin or the owner may."
        )
    if state == STILL_USED or (state == CHANGE_UNDONE and "enum value" in said):
        return Refusal(
            "Rows still live in that region, so it stays. A city that moved away may have left"
            f" some: run 'flask cities move' for it again. ({said})"
        )
    if state == CHANGE_UNDONE:
        return Refusal(f"The database began the change and took it back: {said}")
    if state in CONFLICTS:
        return Refusal("Somebody else was changing the database at the same time. Try again.")
    if is_unavailable(error):
        return Refusal(
            "The connection was lost while the database was working. The change may go on:"
            " look with 'flask regions list'."
        )
    return error
