"""Where a ride may start: not where the rules of zones forbid it to a type of vehicle."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.zones.cache import has_start_rules, may_start
from webapp.rides.refusal_reasons import StartForbidden


class StartPlace(NamedTuple):
    """Where a vehicle stood when the rules of zones were checked for it."""

    city: str
    lat: float | None
    lon: float | None


def check_start_place(vehicle_key: RowKey) -> StartPlace | None:
    """Check that a ride may start where a vehicle stands. Return that place: the vehicle must still
    be there when it is taken. None where rides may start anywhere, which costs no round trip.

    vehicle_key: the public key.

    Raises StartForbidden.
    """
    if not has_start_rules(vehicle_key.region):
        return None
    vehicle = db.session.scalar(select(Vehicle).where(public_key_condition(vehicle_key)))
    if vehicle is None:
        return None
    if not may_start(vehicle):
        raise StartForbidden
    return StartPlace(vehicle.city, vehicle.lat, vehicle.lon)


def stands_at_condition(place: StartPlace) -> ColumnElement[bool]:
    """Return the condition that a vehicle still stands there."""
    vehicles = table(Vehicle).c
    return and_(
        vehicles.city == place.city,
        vehicles.lat.is_not_distinct_from(place.lat),
        vehicles.lon.is_not_distinct_from(place.lon),
    )
