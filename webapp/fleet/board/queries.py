"""The counts of the board, in one statement for a city."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)

from webapp.db.types import table
from webapp.fleet.board.models import VehicleCount
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import (
    Vehicle,
    count_is_stale_condition,
    counted_as_column,
)
from webapp.regions.models import City


class Count(NamedTuple):
    """A number of the board."""

    city: str
    #: The AlertCounter; '': the vehicles of a form factor in a state.
    alert: str
    state: str
    form_factor: str
    number: int


#: The alerts of a city: their names, and the queries for their numbers.
AlertQueries = Iterable[tuple[str, Select[tuple[int]]]]
CountQuery = Select[tuple[str, str, str, str, int]]


def board_query(
    cities: Iterable[tuple[City, AlertQueries]],
) -> CompoundSelect[tuple[str, str, str, str, int]]:
    """Return the query of all Counts of some cities."""
    return union_all(*(part for city, alerts in cities for part in _city_parts(city, alerts)))


def _city_parts(city: City, alerts: AlertQueries) -> Iterator[CountQuery]:
    name, none = literal(city.name, String), literal("", String)
    states = _state_counts_query(city).subquery().c
    yield select(name, none, states.state, states.form_factor, states.number)
    for alert, query in alerts:
        yield select(name, literal(alert, String), none, none, query.scalar_subquery())


def _state_counts_query(city: City) -> Select[tuple[str, str, int]]:
    """Return the query for the number of vehicles of a city by state and form factor.

    It reads what was counted beforehand, and the vehicles that have changed since.
    """
    counts = table(VehicleCount).c
    of_city = (counts.region == city.region, counts.city == city.name)
    counted = select(counts.counted_as, counts.number).where(*of_city)
    parts = union_all(counted, *_changes_queries(city)).subquery().c
    number = cast(func.sum(parts.number), BigInteger).label("number")
    return (
        select(
            func.split_part(parts.counted_as, " ", 1, type_=String).label("state"),
            func.split_part(parts.counted_as, " ", 2, type_=String).label("form_factor"),
            number,
        )
        .where(parts.counted_as.is_not(None))
        .group_by(parts.counted_as)
        .having(number != 0)
    )


def _changes_queries(city: City) -> Iterator[Select[tuple[str | None, int]]]:
    """Yield the queries for what has changed since vehicles were counted. With a reservation that
    has ended a vehicle is available, as in the list."""
    vehicles = table(Vehicle).c
    available, reserved = (
        literal_column(f"'{state.value} '", String) + vehicles.form_factor
        for state in (VehicleState.AVAILABLE, VehicleState.RESERVED)
    )
    yield _change_query(city, count_is_stale_condition(), counted_as_column(), vehicles.counted_as)
    # As in the condition of the index.
    is_reserved = vehicles.state == literal_column("'reserved'", String)
    is_expired = and_(is_reserved, vehicles.reserved_until <= func.now())
    yield _change_query(city, is_expired, available, reserved)


def _change_query(
    city: City,
    condition: ColumnElement[bool],
    now: ColumnElement[Any],
    before: ColumnElement[Any],
) -> Select[tuple[str | None, int]]:
    """Return the query for the number of vehicles as what they are now, and, less than 0, as what
    they were before. Any: text that may be NULL, or not."""
    vehicles = table(Vehicle).c
    changed = (
        select(now.label("now"), before.label("before"), func.count().label("number"))
        .where(vehicles.region == city.region, vehicles.city == city.name, condition)
        .group_by(now, before)
        .subquery()
    )
    # As VALUES the statement would be compiled each time.
    one, minus_one = (literal_column(sign, Integer).label("sign") for sign in ("1", "-1"))
    signs = union_all(select(one), select(minus_one)).subquery("signs")
    counted_as = case((signs.c.sign > 0, changed.c.now), else_=changed.c.before)
    number = signs.c.sign * changed.c.number
    return select(counted_as, number).join_from(changed, signs, true())
