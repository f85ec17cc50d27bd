"""Reading one vehicle, by its public key or by its own."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, public_key_condition


class VehicleNotFound(NotFound):
    message = _l("It may have been ridden since. Look for it on the map.")


def find_public_vehicle(public_key: RowKey) -> Vehicle:
    """Return the vehicle with this public key; raises VehicleNotFound."""
    vehicle: Vehicle | None = db.session.scalar(
        select(Vehicle).where(
            public_key_condition(public_key), Vehicle.state != VehicleState.REMOVED
        )
    )
    if vehicle is None:
        raise VehicleNotFound
    return vehicle


def find_owner_vehicle(owner_key: RowKey, vehicle_key: RowKey) -> Vehicle:
    """Return the owner's vehicle by its own key; raises NotFound, for another's too."""
    vehicle = db.session.get(Vehicle, vehicle_key)
    if vehicle is None or vehicle.state == VehicleState.REMOVED:
        raise NotFound
    if (vehicle.owner_region, vehicle.owner_id) != owner_key:
        raise NotFound
    return vehicle
