"""Counting the vehicles of a city beforehand, so that its board need not read all of them.

``vehicles.counted_as`` says as what ``vehicle_counts`` counts a vehicle. A vehicle that has changed
since is in a small index until it is counted anew, or is again what it was before: with the index a
count is exact at any time. Those who change vehicles write no count, so they wait for nobody.
"""

from sqlalchemy import (
    CTE,
    BigInteger,
    Select,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.db.types import Region, table
from webapp.extensions import db
from webapp.fleet.board.models import VehicleCount
from webapp.fleet.models import Vehicle, counted_as_column, not_counted_condition
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere

#: How many vehicles of a city may have changed since they were counted: a board reads them. Many
#: are soon what they were before, such as those that are ridden.
MAX_NOT_COUNTED = 1_000
#: Vehicles that one statement counts: those who want to ride one wait for it.
SLICE = 200


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
    """Tell whether the counts of a city that moves to its region are still in another one."""
    counts = table(VehicleCount).c
    query = select(counts.city).where(counts.region == city.region, counts.city == city.name)
    has_counts = db.session.execute(query.limit(1)).first() is not None
    return not has_counts and has_rows_elsewhere(table(VehicleCount), city)


def _count_changed_query(city: City) -> Select[tuple[int]]:
    vehicles = table(Vehicle).c
    is_of_city = (vehicles.region == city.region, vehicles.city == city.name)
    return (
        select(func.count()).select_from(table(Vehicle)).where(*is_of_city, not_counted_condition())
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
        )
        .where(vehicles.c.region == city.region, vehicles.c.city == city.name)
        .where(not_counted_condition(), is_of_region)
        .limit(limit)
        .cte("changed")
    )
    counted = (
        update(vehicles)
        .where(vehicles.c.region == city.region, vehicles.c.id == changed.c.id)
        # The row has not changed for those who follow changes.
        .values(counted_as=changed.c.now, changed_at=vehicles.c.changed_at)
        .returning(vehicles.c.region, vehicles.c.city, changed.c.before, changed.c.now)
        .cte("counted")
    )
    of_city = (counted.c.region, counted.c.city)
    added = add_to_counts_cte(
        select(*of_city, counted.c.now, literal(1)), select(*of_city, counted.c.before, literal(-1))
    )
    return select(func.count().label("number")).select_from(counted).add_cte(added)


def add_to_counts_cte(*changes: Select[tuple[str, str, str | None, int]]) -> CTE:
    """Return the INSERT of vehicles that are counted, or with a negative number no longer.

    changes: region, city, as what, and how many. What is NULL is not counted.
    """
    counts, change = table(VehicleCount), union_all(*changes).subquery("changes").c
    region, city, counted_as, number = change
    sums = (
        select(region, city, counted_as, cast(func.sum(number), BigInteger))
        .where(counted_as.is_not(None))
        .group_by(region, city, counted_as)
    )
    added = insert(counts).from_select([each.name for each in counts.c], sums)
    return (
        added.on_conflict_do_update(
            index_elements=counts.primary_key.columns,
            set_={"number": counts.c.number + added.excluded.number},
        )
        .returning(counts.c.counted_as)
        .cte("added_counts")
    )


def correct_counts(city: City) -> int:
    """Correct the counts of a city by its vehicles, where somebody has deleted vehicles without
    MovR, or a release that does not count; return how many were wrong. It reads all vehicles."""
    if (
        has_rows_elsewhere(table(Vehicle), city)
        or not db.session.execute(_errors_query(city)).all()
    ):
        return 0
    return len(execute_write(correct_counts_statement(city), idempotent=True))


def correct_counts_statement(city: City) -> Select[tuple[str]]:
    """Return the statement that corrects the counts of a city; it returns those that were wrong."""
    added = add_to_counts_cte(_errors_query(city))
    return select(added.c.counted_as).add_cte(added)


def _errors_query(city: City) -> Select[tuple[str, str, str | None, int]]:
    """Return the query for what is to be added to the counts of a city."""
    counts, vehicles = table(VehicleCount).c, table(Vehicle).c
    parts = union_all(
        select(vehicles.counted_as, func.count().label("number"))
        .where(vehicles.region == city.region, vehicles.city == city.name)
        .group_by(vehicles.counted_as),
        select(counts.counted_as, -counts.number).where(
            counts.region == city.region, counts.city == city.name
        ),
    ).subquery("parts")
    number = cast(func.sum(parts.c.number), BigInteger)
    return (
        select(
            literal(city.region, Region).label("region"),
            literal(city.name, counts.city.type).label("city"),
            parts.c.counted_as,
            number.label("number"),
        )
        .where(parts.c.counted_as.is_not(None))
        .group_by(parts.c.counted_as)
        .having(number != 0)
    )
