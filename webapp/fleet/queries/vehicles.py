"""Reading one vehicle, by its public key or by its own."""

from functools import cache

from sqlalchemy import Select, select

from webapp.db.keys import RowKey, bind_keys, make_key_parameters
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES, VehicleState
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.translations import lazy_gettext as _l


class VehicleNotFound(NotFound):
    message = _l("It may have been ridden since. Look for it on the map.")


def find_public_vehicle(public_key: RowKey) -> Vehicle:
    """Return the vehicle with this public key; raises VehicleNotFound."""
    vehicle: Vehicle | None = db.session.scalar(_vehicle_query(), bind_keys(vehicle=public_key))
    if vehicle is None:
        raise VehicleNotFound
    return vehicle


def find_listed_vehicle(public_key: RowKey) -> Vehicle:
    """Return the vehicle with this public key if public lists may show it; raises VehicleNotFound.

    A vehicle on a trip is not found: who polls it would learn when and where a ride ends.
    """
    vehicle = find_public_vehicle(public_key)
    if vehicle.state not in PUBLIC_STATES:
        raise VehicleNotFound
    return vehicle


@cache
def _vehicle_query() -> Select[tuple[Vehicle]]:
    """Return the query for a vehicle that is not removed. Parameters: ``bind_keys(vehicle=...)``,
    its public key."""
    is_kept = Vehicle.state != VehicleState.REMOVED
    return select(Vehicle).where(public_key_condition(make_key_parameters("vehicle")), is_kept)


def find_owner_vehicle(owner_key: RowKey, vehicle_key: RowKey) -> Vehicle:
    """Return the owner's vehicle by its own key; raises NotFound, for another's too."""
    vehicle = db.session.get(Vehicle, vehicle_key, populate_existing=True)
    if vehicle is None or vehicle.is_retired:
        raise NotFound
    if (vehicle.owner_region, vehicle.owner_id) != owner_key:
        raise NotFound
    return vehicle
