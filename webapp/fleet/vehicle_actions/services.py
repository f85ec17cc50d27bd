"""Acting on one vehicle as staff. Many at once: bulk actions."""

from uuid import UUID

from sqlalchemy import Uuid, literal, select

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import Region, table
from webapp.errors import DomainError, EditConflict, NotFound
from webapp.extensions import db
from webapp.fleet.enums import PropulsionType, VehicleState
from webapp.fleet.labels import vehicle_state_label
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import load_owner
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.services.edit import VehicleImported
from webapp.fleet.services.places import check_vehicle_place
from webapp.fleet.tasks.models import task_in_progress_condition
from webapp.fleet.vehicle_actions.rules import ActionDetails, list_possible_actions
from webapp.fleet.vehicle_actions.statements import (
    LAST_EVENTS,
    vehicle_action_statement,
    vehicles_condition,
)
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: What changes what a vehicle is, or whose.
MANAGING_ACTIONS = frozenset(
    {VehicleAction.EDIT, VehicleAction.CHANGE_CODE, VehicleAction.TRANSFER, VehicleAction.RETIRE}
)


class VehicleOnRide(DomainError):
    message = _l("Someone is riding this vehicle. End the ride first, or wait until it ends.")


class UnsafeReportOpen(DomainError):
    message = _l("A report says that this vehicle is not safe. Answer the report first.")


class TaskInProgress(DomainError):
    message = _l(
        "Somebody is working on this vehicle. It stays out of service until that task is done,"
        " given back or cancelled."
    )


class VehicleRetired(DomainError):
    message = _l("This vehicle has left the fleet for good.")


class NoBattery(DomainError):
    message = _l("This vehicle has no battery.")


class ActionNotPossible(DomainError):
    """The vehicle is in a state in which this cannot be done."""


def find_required_permission(action: str) -> Permission:
    """Return the permission that an action needs; of one that only a newer release knows, the one
    that fewer have."""
    manages = action in MANAGING_ACTIONS or action not in list(VehicleAction)
    return Permission.MANAGE_VEHICLES if manages else Permission.CHANGE_VEHICLES


def list_permitted_actions(staff: User, vehicle: Vehicle) -> list[VehicleAction]:
    """Return what a member of staff can do with a vehicle in its state."""
    return [
        action
        for action in list_possible_actions(vehicle)
        if staff.has_permission(find_required_permission(action), vehicle.city)
    ]


def act_on_vehicle(
    staff: User, vehicle_key: RowKey, action: VehicleAction, details: ActionDetails
) -> str | None:
    """Act on a vehicle in a city of a member of staff. The same ``details.action_id`` again does
    nothing. Return what keeps the vehicle out of service then (``out_of_service_cause_column``);
    None: it is in service, or this was done before.

    Raises NotFound, also without the permission in its city; PlaceTooFar, VehicleOnRide,
    UnsafeReportOpen, TaskInProgress, ActionNotPossible, EditConflict.
    """
    check_vehicle_place(vehicle_key.region, details.place)
    cities = staff.cities_with_permission(find_required_permission(action))
    is_vehicle = vehicles_condition(vehicle_key.region, [vehicle_key.id], cities)
    statement = vehicle_action_statement(action, details, staff.key, is_vehicle)
    rows = retry_code_collisions(lambda: execute_write(statement, idempotent=True))
    if not rows:
        check_done(staff, vehicle_key, action, details)
    return rows[0].out_of_service_cause if rows else None


def check_done(
    staff: User, vehicle_key: RowKey, action: VehicleAction, details: ActionDetails
) -> None:
    """Raise why an action changed nothing, unless an earlier attempt has done it."""
    with check_outcome():
        vehicle = find_staff_vehicle(staff, vehicle_key, find_required_permission(action))
        if _is_done(vehicle, details.action_id):
            return
        if any(getattr(vehicle, name) != value for name, value in details.old_values.items()):
            raise EditConflict
        raise find_refusal(vehicle, action)


def find_staff_vehicle(
    staff: User, vehicle_key: RowKey, permission: Permission, *, with_owner: bool = False
) -> Vehicle:
    """Return a vehicle, also a retired one, in a city where the member of staff has the permission;
    raises NotFound. with_owner: with ``Vehicle.owner`` for those who may see persons."""
    options = [load_owner(staff)] if with_owner else []
    vehicle = db.session.get(Vehicle, vehicle_key, options=options, populate_existing=True)
    if vehicle is None or not staff.has_permission(permission, vehicle.city):
        raise NotFound
    return vehicle


def find_refusal(vehicle: Vehicle, action: VehicleAction) -> DomainError:
    """Return why an action was not possible, by the vehicle as it is now."""
    state, is_offered = vehicle.current_state, action in list_possible_actions(vehicle)
    if vehicle.is_retired:
        return VehicleRetired()
    if action == VehicleAction.EDIT and vehicle.feed_system:
        return VehicleImported()
    if state == VehicleState.ON_TRIP:
        return VehicleOnRide()
    if action == VehicleAction.SWAP_BATTERY and vehicle.propulsion_type == PropulsionType.HUMAN:
        return NoBattery()
    if is_offered and action in (VehicleAction.RETURN_TO_SERVICE, VehicleAction.DEPLOY):
        return TaskInProgress() if _has_task_in_progress(vehicle) else UnsafeReportOpen()
    refusal = ActionNotPossible()
    refusal.message = _(
        "Not possible: the vehicle is “%(state)s” now.",
        state=vehicle_state_label(state),
    )
    return refusal


def _has_task_in_progress(vehicle: Vehicle) -> bool:
    region, id_ = literal(vehicle.region, Region), literal(vehicle.id, Uuid())
    return bool(db.session.scalar(select(task_in_progress_condition(region, id_))))


def _is_done(vehicle: Vehicle, action_id: UUID) -> bool:
    """Tell whether an action that was sent again is among the last events of a vehicle."""
    events = table(VehicleEvent).c
    query = select(events.number).where(
        events.region == vehicle.region,
        events.vehicle_id == vehicle.id,
        events.number > vehicle.event_count - LAST_EVENTS,
        events.action_id == action_id,
    )
    return db.session.scalar(query) is not None
