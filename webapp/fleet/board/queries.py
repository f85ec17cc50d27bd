"""The counts of the board, in one statement for a city."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, reservation_expired_condition
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

    Only for reserved vehicles, which are few, rows of the table are read: with a reservation that
    has ended a vehicle is available, as in the list. For all others an index answers alone. Of
    those off the street only the picked up ones count: others have left the fleet for good.
    """
    vehicles = table(Vehicle).c
    in_city = vehicles.region == city.region, vehicles.city == city.name
    reserved = VehicleState.RESERVED.value
    state_now = case(
        (reservation_expired_condition(), VehicleState.AVAILABLE.value), else_=reserved
    )
    removed = VehicleState.REMOVED.value
    others = (
        select(vehicles.state, vehicles.form_factor, func.count().label("n"))
        .where(*in_city, vehicles.state.not_in([reserved, removed]))
        .group_by(vehicles.state, vehicles.form_factor)
    )
    picked_up = (
        select(vehicles.state, vehicles.form_factor, func.count().label("n"))
        .where(*in_city, vehicles.state == removed, vehicles.picked_up_at.is_not(None))
        .group_by(vehicles.state, vehicles.form_factor)
    )
    reserved_ones = (
        select(cast(state_now, String).label("state"), vehicles.form_factor, literal(1).label("n"))
        .where(*in_city, vehicles.state == reserved)
        .subquery()
    )
    parts = union_all(others, picked_up, select(reserved_ones)).subquery().c
    counted = cast(func.sum(parts.n), BigInteger).label("number")
    return select(parts.state, parts.form_factor, counted).group_by(parts.state, parts.form_factor)
