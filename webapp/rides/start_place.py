"""Where a ride may start: not where the rules of zones forbid it to a type of vehicle."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, select

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.zones.cache import has_start_rules, may_start


class StartForbidden(DomainError):
    """The rules of a zone do not let a ride start where the vehicle stands."""

    status = 422
    title = _l("Not from here")
    message = _l("You can't start a ride where this vehicle stands. Please choose another one.")


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
