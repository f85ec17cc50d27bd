"""What closing a city would mean: how much is going on in it."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.regions.models import City
from webapp.rides.models import Ride

#: More are not counted: "more than 10,000".
MAX_COUNTED = 10_000
ON_STREET = (VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.NON_OPERATIONAL)


class CityActivity(NamedTuple):
    """What is going on in a city; ``MAX_COUNTED`` + 1 stands for more."""

    running_rides: int
    reserved_vehicles: int
    vehicles_on_street: int


def read_city_activity(city: City) -> CityActivity:
    """Return what is going on in a city. One statement."""
    vehicles, rides = table(Vehicle).c, table(Ride).c
    running = select(rides.id).where(
        rides.region == city.region, rides.city == city.name, rides.ended_at.is_(None)
    )
    in_city = select(vehicles.id).where(vehicles.region == city.region, vehicles.city == city.name)
    reserved = in_city.where(
        vehicles.state == VehicleState.RESERVED.value, vehicles.reserved_until > func.now()
    )
    on_street = in_city.where(vehicles.state.in_([state.value for state in ON_STREET]))
    query = select(*map(_count_column, (running, reserved, on_street)))
    return CityActivity(*db.session.execute(query).one())


def _count_column(rows: Select[tuple[object]]) -> ColumnElement[int]:
    limited = rows.limit(MAX_COUNTED + 1).subquery()
    return select(func.count()).select_from(limited).scalar_subquery()
