"""Saving a vehicle, and asking for a mail when it is available."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import Region, table
from webapp.errors import DomainError
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.queries import (
    find_vehicle_for_rider,
    not_removed_condition,
    saved_by_condition,
)
from webapp.fleet.favourites.services.writing import write_favourite
from webapp.fleet.models import Vehicle, available_condition
from webapp.translations import lazy_gettext as _l

#: How many vehicles a rider can save.
MAX_SAVED_VEHICLES = 50
#: States after which a vehicle becomes available by itself.
BUSY_STATES = (VehicleState.ON_TRIP.value, VehicleState.RESERVED.value)


class TooManySavedVehicles(DomainError):
    message = _l("You can save %(n)d vehicles. Remove one first.", n=MAX_SAVED_VEHICLES)


class SavedWhileOnTrip(DomainError):
    """A rider saves a vehicle that another rides: the list would show where that ride ends."""

    message = _l("Someone is riding it. You can save it when it's back on the map.")


class NothingToWaitFor(DomainError):
    message = _l("It's either free now or out of service, so there is nothing to wait for.")


def save_vehicle(rider_key: RowKey, public_key: RowKey) -> None:
    """Add a vehicle to the rider's list, unless it is on a trip. Idempotent.

    Raises VehicleNotFound, SavedWhileOnTrip, TooManySavedVehicles.
    """
    if not write_favourite(_save_statement(rider_key, public_key, is_waiting=False)):
        _check_is_saved(*find_vehicle_for_rider(rider_key, public_key))


def start_waiting(rider_key: RowKey, public_key: RowKey) -> None:
    """Have one mail sent to the rider when a vehicle is available; also saves the vehicle.

    Raises NothingToWaitFor, VehicleNotFound, SavedWhileOnTrip, TooManySavedVehicles.
    """
    if not write_favourite(_save_statement(rider_key, public_key, is_waiting=True)):
        vehicle, saved_vehicle = find_vehicle_for_rider(rider_key, public_key)
        if vehicle.current_state not in BUSY_STATES:
            raise NothingToWaitFor
        _check_is_saved(vehicle, saved_vehicle)


def _check_is_saved(vehicle: Vehicle, saved_vehicle: SavedVehicle | None) -> None:
    if saved_vehicle is None:
        is_on_trip = vehicle.state == VehicleState.ON_TRIP
        raise SavedWhileOnTrip if is_on_trip else TooManySavedVehicles


def remove_saved_vehicle(rider_key: RowKey, public_key: RowKey) -> None:
    """Take a vehicle off the rider's list. Idempotent."""
    saved = table(SavedVehicle)
    removed = delete(saved).where(*_saved_row_conditions(rider_key, public_key))
    write_favourite(removed.returning(saved.c.vehicle_id))


def stop_waiting(rider_key: RowKey, public_key: RowKey) -> None:
    """Send no mail when a saved vehicle is available. Idempotent."""
    saved = table(SavedVehicle)
    stopped = update(saved).where(*_saved_row_conditions(rider_key, public_key))
    write_favourite(stopped.values(waiting_at=None).returning(saved.c.vehicle_id))


def _saved_row_conditions(rider_key: RowKey, public_key: RowKey) -> list[ColumnElement[bool]]:
    saved, vehicles = table(SavedVehicle).c, table(Vehicle).c
    vehicle_id = select(vehicles.id).where(not_removed_condition(public_key)).scalar_subquery()
    return [saved_by_condition(rider_key, public_key), saved.vehicle_id == vehicle_id]


def _save_statement(
    rider_key: RowKey, public_key: RowKey, *, is_waiting: bool
) -> ReturningInsert[tuple[UUID]]:
    """Return the INSERT of the rider's row; no row: it is not allowed, or nothing changes."""
    saved = table(SavedVehicle)
    columns = ["region", "vehicle_id", "rider_region", "rider_id", "waiting_at"]
    source = _saved_row_query(rider_key, public_key, is_waiting=is_waiting)
    inserted = insert(saved).from_select(columns, source)
    key_columns = list(saved.primary_key.columns)
    if is_waiting:
        waiting_at = {"waiting_at": inserted.excluded.waiting_at}
        upserted = inserted.on_conflict_do_update(index_elements=key_columns, set_=waiting_at)
    else:
        upserted = inserted.on_conflict_do_nothing(index_elements=key_columns)
    return upserted.returning(saved.c.vehicle_id)


def _saved_row_query(
    rider_key: RowKey, public_key: RowKey, *, is_waiting: bool
) -> Select[tuple[str, UUID, str, UUID, datetime]]:
    """Return the values of the rider's row; no row: the rider may not save the vehicle."""
    vehicles, saved = table(Vehicle), table(SavedVehicle)
    is_busy = and_(vehicles.c.state.in_(BUSY_STATES), ~available_condition())
    return select(
        vehicles.c.region,
        vehicles.c.id,
        literal(rider_key.region, Region),
        literal(rider_key.id),
        func.now() if is_waiting else literal(None, saved.c.waiting_at.type),
    ).where(
        not_removed_condition(public_key),
        or_(vehicles.c.state != VehicleState.ON_TRIP.value, _is_saved_condition(rider_key)),
        _count_others_subquery(rider_key) < MAX_SAVED_VEHICLES,
        is_busy if is_waiting else true(),
    )


def _is_saved_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that the rider has saved the vehicle of the outer query."""
    saved, vehicles = table(SavedVehicle).alias(), table(Vehicle)
    same_vehicle = and_(saved.c.region == vehicles.c.region, saved.c.vehicle_id == vehicles.c.id)
    same_rider = key_condition(saved, rider_key, "rider_region", "rider_id")
    return exists().where(same_vehicle, same_rider).correlate(vehicles)


def _count_others_subquery(rider_key: RowKey) -> ScalarSelect[int]:
    """Return how many other vehicles than that of the outer query the rider has saved."""
    saved, listed = table(SavedVehicle).alias(), table(Vehicle).alias()
    same_vehicle = and_(listed.c.region == saved.c.region, listed.c.id == saved.c.vehicle_id)
    return (
        select(func.count())
        .select_from(saved.join(listed, same_vehicle))
        .where(
            key_condition(saved, rider_key, "rider_region", "rider_id"),
            saved.c.vehicle_id != table(Vehicle).c.id,
            listed.c.state != VehicleState.REMOVED.value,
        )
        .correlate(table(Vehicle))
        .scalar_subquery()
    )
