"""Where a ride may start: not where the rules of zones forbid it to a type of vehicle."""

from sqlalchemy import ColumnElement, and_, select

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.zones.cache import has_start_rules, may_start
from webapp.rides.refusal_reasons import StartForbidden


def check_start_place(vehicle_key: RowKey) -> ColumnElement[bool] | None:
    """Check that a ride may start where a vehicle stands. Return the condition that it still stands
    there; None where rides may start anywhere, which costs no round trip.

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
    vehicles = table(Vehicle).c
    return and_(
        vehicles.city == vehicle.city,
        vehicles.lat.is_not_distinct_from(vehicle.lat),
        vehicles.lon.is_not_distinct_from(vehicle.lon),
    )
