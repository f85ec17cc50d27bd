"""Acting on one vehicle as staff. Many at once: bulk actions."""

from webapp.auth.models import User
from webapp.auth.services.role_grants import grant_role_statement
from webapp.auth.services.users import UnknownUser, find_user
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import PropulsionType, VehicleState
from webapp.fleet.labels import vehicle_state_label
from webapp.fleet.models import Vehicle
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.services.places import check_vehicle_place
from webapp.fleet.vehicle_actions.rules import ActionDetails, list_possible_actions
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement, vehicles_condition
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission, Role

#: What changes what a vehicle is, or whose.
MANAGING_ACTIONS = frozenset(
    {VehicleAction.EDIT, VehicleAction.CHANGE_CODE, VehicleAction.TRANSFER, VehicleAction.RETIRE}
)


class VehicleOnRide(DomainError):
    message = _l("Someone is riding this vehicle. End the ride first, or wait until it ends.")


class UnsafeReportOpen(DomainError):
    message = _l("A report says that this vehicle is not safe. Answer the report first.")


class NoBattery(DomainError):
    message = _l("This vehicle has no battery.")


class UnknownOwner(UnknownUser):
    field = "owner"


class ActionNotPossible(DomainError):
    """The vehicle is in a state in which this cannot be done."""


def permission_for(action: VehicleAction) -> Permission:
    """Return the permission that an action needs."""
    manages = action in MANAGING_ACTIONS
    return Permission.MANAGE_VEHICLES if manages else Permission.CHANGE_VEHICLES


def list_permitted_actions(staff: User, vehicle: Vehicle) -> list[VehicleAction]:
    """Return what a member of staff can do with a vehicle in its state."""
    return [
        action
        for action in list_possible_actions(vehicle)
        if staff.has_permission(permission_for(action), vehicle.city)
    ]


def act_on_vehicle(
    staff: User, vehicle_key: RowKey, action: VehicleAction, details: ActionDetails
) -> None:
    """Act on a vehicle in a city of a member of staff. Sent twice, the second one does nothing.

    Raises NotFound, also without the permission in its city; PlaceTooFar, VehicleOnRide,
    UnsafeReportOpen, ActionNotPossible.
    """
    check_vehicle_place(vehicle_key.region, details.place)
    cities = staff.cities_with_permission(permission_for(action))
    is_vehicle = vehicles_condition(vehicle_key.region, [vehicle_key.id], cities)
    statement = vehicle_action_statement(action, details, staff.key, is_vehicle)
    if retry_code_collisions(lambda: execute_write(statement, idempotent=True)):
        return
    with check_outcome():
        vehicle = find_staff_vehicle(staff, vehicle_key, permission_for(action))
        if not _is_last_action(vehicle, staff.key, action):
            raise find_refusal(vehicle, action)


def transfer_vehicle(staff: User, vehicle_key: RowKey, owner_name: str, note: str) -> None:
    """Give a vehicle to another owner, who gets the role of one.

    owner_name: username or e-mail address; empty: the operator.

    Raises UnknownOwner, and as ``act_on_vehicle``.
    """
    owner = find_user(owner_name) if owner_name else None
    if owner_name and owner is None:
        raise UnknownOwner
    details = ActionDetails(note=note, owner_key=owner.key if owner else None)
    act_on_vehicle(staff, vehicle_key, VehicleAction.TRANSFER, details)
    if owner:
        execute_write(grant_role_statement(owner.key, Role.OWNER), idempotent=True)


def find_staff_vehicle(staff: User, vehicle_key: RowKey, permission: Permission) -> Vehicle:
    """Return a vehicle of the fleet, in a city where the member of staff has the permission; raises
    NotFound."""
    vehicle = db.session.get(Vehicle, vehicle_key, populate_existing=True)
    if vehicle is None or vehicle.is_retired:
        raise NotFound
    if not staff.has_permission(permission, vehicle.city):
        raise NotFound
    return vehicle


def find_refusal(vehicle: Vehicle, action: VehicleAction) -> DomainError:
    """Return why an action was not possible, by the vehicle as it is now."""
    state = vehicle.current_state
    if state == VehicleState.ON_TRIP:
        return VehicleOnRide()
    if action in list_possible_actions(vehicle):
        return UnsafeReportOpen()
    if action == VehicleAction.SWAP_BATTERY and vehicle.propulsion_type == PropulsionType.HUMAN:
        return NoBattery()
    refusal = ActionNotPossible()
    refusal.message = _(
        "This can't be done with a vehicle in the state “%(state)s”.",
        state=vehicle_state_label(state),
    )
    return refusal


def _is_last_action(vehicle: Vehicle, staff_key: RowKey, action: VehicleAction) -> bool:
    """Tell whether the last event of a vehicle is this action of this member of staff."""
    event_key = (vehicle.region, vehicle.id, vehicle.event_count)
    event = db.session.get(VehicleEvent, event_key)
    return bool(
        event and event.action == action and (event.actor_region, event.actor_id) == staff_key
    )
