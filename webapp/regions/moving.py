"""Moving a city to another region, and the rows that a dropped region leaves behind.

``Table.info`` says for each table what happens to its rows (webapp/db/types.py).
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import (
    Delete,
    Select,
    Table,
    Update,
    delete,
    exists,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Insert, ReturningDelete, ReturningInsert, ReturningUpdate

from webapp.db.errors import STATEMENT_TIMEOUT, UNIQUE_VIOLATION, sqlstate, violated_constraint
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import COPIED_FIRST, MOVES_WITH_CITY, ON_REGION_DROP, OnRegionDrop, table
from webapp.extensions import Base, db
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.regions.placement import make_maintenance_engine

log = logging.getLogger(__name__)

#: Rows of a city in one statement: the rides of each follow by ON UPDATE CASCADE.
BATCH_SIZE = 100
#: Copies in one statement.
COPY_BATCH_SIZE = 1_000
#: Rows without an owner in one statement: no other rows follow them.
OWNERLESS_BATCH_SIZE = 1_000


def list_city_tables() -> dict[str, Table]:
    """Return the tables whose rows belong to a city, by the label of the rows, in the order in
    which they move: accounts before vehicles. Those that are COPIED_FIRST have no place in it:
    their rows are in both regions from before the first one moves until after the last.

    The rows that belong to these (rides, grants, profiles) follow them.
    """
    tables = Base.metadata.sorted_tables
    return {each.info[MOVES_WITH_CITY]: each for each in tables if MOVES_WITH_CITY in each.info}


def _list_copied_tables() -> dict[str, Table]:
    return {label: rows for label, rows in list_city_tables().items() if COPIED_FIRST in rows.info}


# --- a city that moves ------------------------------------------------------------------------


def set_city_region(city: City, region: str) -> None:
    """Change the region of a city: its new rows are written there from now on.

    Other processes know it within CITIES_MAX_AGE_S.
    """
    cities = table(City)
    statement = update(cities).where(cities.c.name == city.name).values(region=region)
    execute_write(statement, idempotent=True)
    catalogue().forget()


def find_catalogue_delay_s() -> float:
    """Return after how many seconds no process writes to the old region of a city any more."""
    config = current_app.config
    last_write_ms: int = config["TRANSACTION_DEADLINE_MS"] + config["DATABASE_ANSWER_TIMEOUT_MS"]
    max_age_s: float = config["CITIES_MAX_AGE_S"]
    return max_age_s + last_write_ms / 1000


@dataclass(frozen=True)
class RemainingRows:
    """Rows of a city that are still in another region than the city."""

    #: A key of ``list_city_tables``.
    label: str
    region: str
    count: int


def find_remaining_rows(city_name: str, region: str) -> list[RemainingRows]:
    """Return which rows of the city are not in the region yet; without those that are copied."""
    with make_maintenance_engine().connect() as connection:
        return [
            RemainingRows(label, old_region, count)
            for label, rows in list_city_tables().items()
            if COPIED_FIRST not in rows.info
            for old_region, count in connection.execute(
                remaining_rows_query(rows, city_name, region)
            )
        ]


def remaining_rows_query(rows: Table, city_name: str, region: str) -> Select[tuple[str, int]]:
    """Return the query that counts the rows of a city outside of the region, by their region."""
    return (
        select(rows.c.region, func.count().label("number"))
        .where(rows.c.city == city_name, rows.c.region != region)
        .group_by(rows.c.region)
        .order_by(rows.c.region)
    )


def has_rows_elsewhere(rows: Table, city: City) -> bool:
    """Tell whether rows of a city are still in another region than the city. A job that keeps its
    progress in a row waits until that row has moved. Asks all regions."""
    elsewhere = select(rows.c.city).where(rows.c.city == city.name, rows.c.region != city.region)
    return db.session.execute(elsewhere.limit(1)).first() is not None


def move_remaining_rows(remaining: RemainingRows, city_name: str, region: str) -> Iterator[int]:
    """Move the rows to the region in batches; yield how many each batch moved.

    Each batch is a transaction: an interrupted move is finished by moving again.
    """
    rows, size = list_city_tables()[remaining.label], BATCH_SIZE
    while True:
        statement = move_rows_statement(rows, city_name, remaining.region, region, size)
        try:
            moved = _execute_and_count(statement)
        except DBAPIError as error:
            if size > 1 and sqlstate(error) in (STATEMENT_TIMEOUT, UNIQUE_VIOLATION):
                size //= 2  # vehicles with very many rides, or one whose code is taken
                continue
            if not (taken := _taken_columns(rows, error)):
                raise
            log.warning("a row of %s gets a new %s: another has it in %s", rows, taken, region)
            moved = _execute_and_count(statement.values(dict.fromkeys(taken, text("DEFAULT"))))
        if not moved:
            return
        yield moved


def _taken_columns(rows: Table, error: DBAPIError) -> list[str]:
    """Return the columns in which the error found a row of the new region equal, and for which the
    database makes another value by itself, such as the code of a vehicle."""
    name = violated_constraint(error)
    indexes = [index for index in rows.indexes if index.name == name]
    return [c.name for index in indexes for c in index.columns if c.server_default is not None]


def move_rows_statement(
    rows: Table, city_name: str, old_region: str, new_region: str, limit: int
) -> ReturningUpdate[Any]:  # Any: the columns of a key
    """Return the statement that moves up to ``limit`` rows of a city to another region."""
    key = [column.name for column in rows.primary_key.columns if column.name != "region"]
    chosen = rows.alias("chosen")
    keys = (
        select(*(chosen.c[name] for name in key))
        .where(chosen.c.region == old_region, chosen.c.city == city_name)
        .limit(limit)
    )
    return (
        update(rows)
        .where(rows.c.region == old_region, tuple_(*(rows.c[name] for name in key)).in_(keys))
        .values(region=new_region)
        .returning(*(rows.c[name] for name in key))
    )


def copy_rows(city_name: str, region: str) -> None:
    """Copy the rows of the city that are COPIED_FIRST to the region. Twice, it changes nothing."""
    for rows in _list_copied_tables().values():
        while _execute_and_count(copy_rows_statement(rows, city_name, region, COPY_BATCH_SIZE)):
            pass


def copy_rows_statement(
    rows: Table, city_name: str, new_region: str, limit: int
) -> ReturningInsert[Any]:  # Any: the type of an id
    """Return the statement that copies up to ``limit`` rows of a city which have no copy yet."""
    old, copy = rows.alias("old"), rows.alias("copy")
    is_copied = exists().where(copy.c.region == new_region, copy.c.id == old.c.id)
    region = literal(new_region, rows.c.region.type)
    source = (
        select(*(region if column.name == "region" else column for column in old.c))
        .where(old.c.city == city_name, old.c.region != new_region, ~is_copied)
        .limit(limit)
    )
    inserted = insert(rows).from_select([column.name for column in rows.c], source)
    return inserted.on_conflict_do_nothing().returning(rows.c.id)


def delete_copied_rows(city_name: str, region: str) -> Counter[str]:
    """Delete the rows of which ``copy_rows`` has made copies, once nothing of the city is in their
    region any more; return how many of each kind."""
    return Counter(
        {
            label: _execute_and_count(
                delete(rows)
                .where(rows.c.city == city_name, rows.c.region != region)
                .returning(rows.c.id)
            )
            for label, rows in _list_copied_tables().items()
        }
    )


# --- a region that is dropped -----------------------------------------------------------------


def clear_region(old_region: str, new_region: str) -> None:
    """Move the rows of a region that belong to no city in it: events, and the ledger of deleted
    accounts. Delete those that expire anyway."""
    for rows in Base.metadata.sorted_tables:
        rule = rows.info.get(ON_REGION_DROP)
        if rule is OnRegionDrop.DELETE:
            _execute_and_count(_delete_statement(rows, old_region))
        elif rule:
            statement = _move_ownerless_statement(rows, rule, old_region, new_region)
            while _execute_and_count(statement):
                pass


def _move_ownerless_statement(
    rows: Table, rule: OnRegionDrop, old_region: str, new_region: str
) -> ReturningUpdate[tuple[object]]:
    is_ownerless = true() if rule is OnRegionDrop.MOVE else rows.c.rider_id.is_(None)
    ids = (
        select(rows.c.id)
        .where(rows.c.region == old_region, is_ownerless)
        .limit(OWNERLESS_BATCH_SIZE)
    )
    return (
        update(rows)
        .where(rows.c.region == old_region, rows.c.id.in_(ids.limit(OWNERLESS_BATCH_SIZE)))
        .values(region=new_region)
        .returning(rows.c.id)
    )


def _delete_statement(rows: Table, region: str) -> ReturningDelete[tuple[object]]:
    return delete(rows).where(rows.c.region == region).returning(*rows.primary_key.columns)


def _execute_and_count(statement: Insert | Update | Delete) -> int:
    """Execute the statement within CITY_MOVE_TIMEOUT_MS; return how many rows it returns."""
    return run_transaction(
        lambda session: len(session.execute(statement).all()),
        idempotent=True,
        timeout_ms=current_app.config["CITY_MOVE_TIMEOUT_MS"],
    )
