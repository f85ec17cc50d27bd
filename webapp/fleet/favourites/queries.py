"""The vehicles that a rider has saved."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, null, select
from sqlalchemy.orm import contains_eager

from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.fleet.vehicle_scores import VehicleScore, read_score
from webapp.hooks import get_hooks
from webapp.regions.catalogue import city_or_404


def list_saved_vehicles(rider_key: RowKey) -> Sequence[SavedVehicle]:
    """Return what a rider has saved, with the vehicles, the last one first.

    Unless the rider has just changed something, it is read from the nearest replica, which is some
    seconds old.
    """
    query = (
        select(SavedVehicle)
        .join(SavedVehicle.vehicle)
        .where(
            key_condition(SavedVehicle, rider_key, "rider_region", "rider_id"),
            Vehicle.state != VehicleState.REMOVED,
        )
        .options(contains_eager(SavedVehicle.vehicle))
        .order_by(SavedVehicle.saved_at.desc(), SavedVehicle.vehicle_id)
    )
    return db.session.scalars(query, bind_arguments=stale_reads()).all()


def find_vehicle_for_rider(
    rider_key: RowKey, public_key: RowKey
) -> tuple[Vehicle, SavedVehicle | None]:
    """Return the vehicle with this public key, and the rider's row if the rider has saved it.

    One round trip. Raises VehicleNotFound.
    """
    values = bind_keys(rider=rider_key, vehicle=public_key)
    row = db.session.execute(_vehicle_for_rider_query(), values).one_or_none()
    if row is None:
        raise VehicleNotFound
    return row[0], row[1]


class VehicleForRider(NamedTuple):
    """A vehicle, as its page shows it to a rider."""

    vehicle: Vehicle
    #: None: the rider has not saved it.
    saved: SavedVehicle | None
    #: None: nothing is known.
    score: VehicleScore | None
    #: Why its owner does not let the rider ride it; None: the owner does.
    block_reason: str | None


def find_vehicle_page(rider_key: RowKey, public_key: RowKey) -> VehicleForRider:
    """Return the same with what riders said of the vehicle, and whether its owner lets the rider
    ride it.

    One round trip. Raises VehicleNotFound.
    """
    hooks = get_hooks()
    find_reason = hooks.vehicle_block_reason
    block_reason = find_reason(rider_key) if find_reason else null()
    query = _vehicle_for_rider_query().add_columns(hooks.vehicle_ride_columns.score, block_reason)
    values = bind_keys(rider=rider_key, vehicle=public_key)
    row = db.session.execute(query, values).one_or_none()
    if row is None:
        raise VehicleNotFound
    vehicle, saved, score, reason = row
    now = datetime.now(city_or_404(vehicle.city).zone)
    return VehicleForRider(vehicle, saved, read_score(score, now) if score else None, reason)


@cache
def _vehicle_for_rider_query() -> Select[tuple[Vehicle, SavedVehicle]]:
    """Return the query of ``find_vehicle_for_rider``. Parameters: ``bind_keys(rider=...,
    vehicle=...)``."""
    rider_key, public_key = make_key_parameters("rider"), make_key_parameters("vehicle")
    is_saved = and_(
        SavedVehicle.vehicle_id == Vehicle.id, saved_by_condition(rider_key, public_key)
    )
    return (
        select(Vehicle, SavedVehicle)
        .outerjoin(SavedVehicle, is_saved)
        .where(not_removed_condition(public_key))
    )


def not_removed_condition(public_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a vehicle has this public key and is not removed."""
    is_kept = table(Vehicle).c.state != VehicleState.REMOVED.value
    return and_(public_key_condition(public_key), is_kept)


def saved_by_condition(rider_key: RowKey, public_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider saved a vehicle of the region of this key."""
    saved = table(SavedVehicle)
    return and_(
        saved.c.region == public_key.region,
        key_condition(saved, rider_key, "rider_region", "rider_id"),
    )
