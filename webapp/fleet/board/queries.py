"""The counts of the board, in one statement for a city."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Select, String, case, cast, func, literal, select, union_all

from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, reservation_expired_condition
from webapp.regions.models import City


class StateCount(NamedTuple):
    """How many vehicles of a form factor are in a state."""

    state: str
    form_factor: str
    vehicles: int


def state_counts_query(city: City) -> Select[tuple[str, str, int]]:
    """Return the query of the StateCounts of a city.

    Only for reserved vehicles, which are few, rows of the table are read: with a reservation that
    has ended a vehicle is available, as in the list. For all others an index answers alone.
    """
    vehicles = table(Vehicle).c
    in_city = vehicles.region == city.region, vehicles.city == city.name
    reserved = VehicleState.RESERVED.value
    state_now = case(
        (reservation_expired_condition(), VehicleState.AVAILABLE.value), else_=reserved
    )
    others = (
        select(vehicles.state, vehicles.form_factor, func.count().label("n"))
        .where(*in_city, vehicles.state != reserved)
        .group_by(vehicles.state, vehicles.form_factor)
    )
    reserved_ones = (
        select(cast(state_now, String).label("state"), vehicles.form_factor, literal(1).label("n"))
        .where(*in_city, vehicles.state == reserved)
        .subquery()
    )
    parts = union_all(others, select(reserved_ones)).subquery().c
    counted = cast(func.sum(parts.n), BigInteger)
    return select(parts.state, parts.form_factor, counted).group_by(parts.state, parts.form_factor)
