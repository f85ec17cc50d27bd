"""Counting the vehicles of a city beforehand, so that its board and map need not read all.

``vehicles.counted_as`` and ``counted_cell`` say as what and where a vehicle is counted. One that
has changed since is in a small index until it is counted anew, or is again what it was before: with
the index a count is exact at any time. Those who change vehicles write no count, so they wait for
nobody.
"""

from operator import add
from typing import NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    Table,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)

from webapp.db.inserts import upsert
from webapp.db.transactions import execute_write
from webapp.db.types import Region, table
from webapp.extensions import db
from webapp.fleet.board.models import VehicleCellCount, VehicleCount
from webapp.fleet.models import Vehicle, count_is_stale_condition, counted_as_column
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere

#: How many vehicles of a city may have changed since they were counted: a board reads them. Many
#: are soon what they were before, such as those that are ridden.
MAX_NOT_COUNTED = 1_000
#: Vehicles that one statement counts: those who want to ride one wait for it.
SLICE = 200


class CountChange(NamedTuple):
    """What is added to the counts for each row of a CTE."""

    #: It has ``region`` and ``city``.
    source: CTE
    #: As what, and where. NULL: it is not counted.
    counted_as: ColumnElement[str | None]
    cell: ColumnElement[int | None]
    number: int


def count_vehicles(city: City, most: int = MAX_NOT_COUNTED) -> None:
    """Count the vehicles of a city that have changed since they were counted, until only ``most``
    are left. It may run several times at once, and may be interrupted."""
    if _is_moving(city):
        return
    excess = (db.session.scalar(_count_changed_query(city)) or 0) - most
    while excess > 0:
        statement = count_slice_statement(city, min(SLICE, excess))
        counted: int = execute_write(statement, idempotent=True)[0].number
        if not counted:
            return
        excess -= counted


def _is_moving(city: City) -> bool:
    """Tell whether the counts of a city that moves to its region are still in another one. Those of
    cells move before the others."""
    counts = table(VehicleCount).c
    query = select(counts.city).where(counts.region == city.region, counts.city == city.name)
    has_counts = db.session.execute(query.limit(1)).first() is not None
    return not has_counts and has_rows_elsewhere(table(VehicleCount), city)


def _count_changed_query(city: City) -> Select[tuple[int]]:
    vehicles = table(Vehicle).c
    is_of_city = (vehicles.region == city.region, vehicles.city == city.name)
    return (
        select(func.count())
        .select_from(table(Vehicle))
        .where(*is_of_city, count_is_stale_condition())
    )


def count_slice_statement(city: City, limit: int) -> Select[tuple[int]]:
    """Return the statement that counts some vehicles that have changed; it returns how many. None
    if the city has another region by now."""
    vehicles, cities = table(Vehicle), table(City).c
    is_of_region = exists().where(cities.name == city.name, cities.region == city.region)
    changed = (
        select(
            vehicles.c.id,
            vehicles.c.counted_as.label("before"),
            counted_as_column().label("now"),
            vehicles.c.counted_cell.label("cell_before"),
            vehicles.c.cell.label("cell_now"),
        )
        .where(vehicles.c.region == city.region, vehicles.c.city == city.name)
        .where(count_is_stale_condition(), is_of_region)
        .limit(limit)
        .cte("changed")
    )
    counted = (
        update(vehicles)
        .where(vehicles.c.region == city.region, vehicles.c.id == changed.c.id)
        # The row has not changed for those who follow changes.
        .values(
            counted_as=changed.c.now,
            counted_cell=changed.c.cell_now,
            changed_at=vehicles.c.changed_at,
        )
        .returning(vehicles.c.region, vehicles.c.city, *list(changed.c)[1:])
        .cte("counted")
    )
    added = add_to_counts_ctes(
        CountChange(counted, counted.c.now, counted.c.cell_now, 1),
        CountChange(counted, counted.c.before, counted.c.cell_before, -1),
    )
    return select(func.count().label("number")).select_from(counted).add_cte(*added)


def add_to_counts_ctes(*changes: CountChange) -> tuple[CTE, CTE]:
    """Return the INSERTs of vehicles that are counted, or with a negative number no longer."""
    counts, cell_counts = table(VehicleCount), table(VehicleCellCount)
    return (
        _add_cte(counts, *(_change_query(counts, change) for change in changes)),
        _add_cte(cell_counts, *(_change_query(cell_counts, change) for change in changes)),
    )


def _change_query(counts: Table, change: CountChange) -> Select[tuple[object, ...]]:
    """Return the query of a change with the columns of a table of counts."""
    columns = {
        **change.source.c,
        "counted_as": change.counted_as,
        "cell": change.cell,
        "number": literal(change.number),
    }
    return select(*(columns[column.name] for column in counts.c))


def _add_cte(counts: Table, *changes: Select[tuple[object, ...]]) -> CTE:
    *keys, number = union_all(*changes).subquery("changes").c
    total = func.sum(number)
    sums = (
        select(*keys, cast(total, BigInteger))
        .where(*(key.is_not(None) for key in keys))
        .group_by(*keys)
        .having(total != 0)
    )
    added = upsert(counts, "number", add).from_select([column.name for column in counts.c], sums)
    return added.returning(counts.c.counted_as).cte(f"added_{counts.name}")


def correct_counts(city: City) -> int:
    """Correct the counts of a city by its vehicles, where somebody has deleted vehicles without
    MovR, or a release that does not count; return how many were wrong. It reads all vehicles."""
    if has_rows_elsewhere(table(Vehicle), city):
        return 0
    number = sum(
        len(execute_write(correct_counts_statement(counts, city), idempotent=True))
        for counts in (table(VehicleCount), table(VehicleCellCount))
        if db.session.execute(_errors_query(counts, city)).first()
    )
    execute_write(delete_empty_counts_statement(city), idempotent=True)
    return number


def delete_empty_counts_statement(city: City) -> Delete:
    """Return the statement that deletes the counts of cells where nothing stands any more."""
    counts = table(VehicleCellCount)
    is_of_city = (counts.c.region == city.region, counts.c.city == city.name)
    return delete(counts).where(*is_of_city, counts.c.number == 0)


def correct_counts_statement(counts: Table, city: City) -> Select[tuple[str]]:
    """Return the statement that corrects the counts of a city in one of the two tables; it returns
    those that were wrong."""
    added = _add_cte(counts, _errors_query(counts, city))
    return select(added.c.counted_as).add_cte(added)


def _errors_query(counts: Table, city: City) -> Select[tuple[object, ...]]:
    """Return the query for what is to be added to the counts of a city."""
    vehicles = table(Vehicle)
    kinds = [column.name for column in counts.c if column.name in ("cell", "counted_as")]
    stored = {"cell": vehicles.c.counted_cell, "counted_as": vehicles.c.counted_as}
    counted = [stored[kind] for kind in kinds]
    parts = union_all(
        select(*counted, func.count().label("number"))
        .where(vehicles.c.region == city.region, vehicles.c.city == city.name)
        .group_by(*counted),
        select(*(counts.c[kind] for kind in kinds), -counts.c.number).where(
            counts.c.region == city.region, counts.c.city == city.name
        ),
    ).subquery("parts")
    *keys, number = parts.c
    total = cast(func.sum(number), BigInteger)
    return (
        select(
            literal(city.region, Region).label("region"),
            literal(city.name, counts.c.city.type).label("city"),
            *keys,
            total.label("number"),
        )
        .where(*(key.is_not(None) for key in keys))
        .group_by(*keys)
        .having(total != 0)
    )
