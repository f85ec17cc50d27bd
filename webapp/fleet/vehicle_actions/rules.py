"""What each action of staff changes about a vehicle, and which vehicles it can be done with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Float, Integer, and_, case, cast, func, literal, or_

from webapp.db.keys import RowKey, values_condition
from webapp.db.types import table
from webapp.fleet.enums import (
    IDLE_STATES,
    OutOfServiceReason,
    PickUpReason,
    PropulsionType,
    VehicleState,
)
from webapp.fleet.models import NEW_CODE, Vehicle, retired_condition, staff_may_change_condition
from webapp.fleet.ranges import MAX_RANGE_M
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.places import place_columns
from webapp.fleet.tasks.models import task_in_progress_condition
from webapp.fleet.vehicle_events.conditions import change_applies_condition, current_state_column
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.transitions import (
    BATTERY_SWAPPED,
    DEPLOYED,
    FOUND,
    MARKED_MISSING,
    PICKED_UP_FOR,
    RETIRED,
    RETURNED_TO_SERVICE,
    TAKEN_OUT_OF_SERVICE,
    TAKEN_OUT_OF_SERVICE_FOR,
    StateChange,
)
from webapp.regions.geography import Place

NON_OPERATIONAL, REMOVED = VehicleState.NON_OPERATIONAL, VehicleState.REMOVED


@dataclass(frozen=True)
class ActionDetails:
    """What staff say with an action; most actions need only some of it."""

    #: Of the page from which it is sent: sent twice, it is done once.
    action_id: UUID = field(default_factory=uuid4)
    #: Why, in their words; others of the staff read it.
    note: str = ""
    out_of_service_reason: OutOfServiceReason = OutOfServiceReason.MAINTENANCE
    pick_up_reason: PickUpReason = PickUpReason.MAINTENANCE
    #: Where the vehicle is now. Without a point it is where it was.
    place: Place = field(default_factory=Place)
    battery_percent: int = 100
    #: Columns of its type, brand and colour.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: What columns were on the page: those of ``properties``, or of the owner.
    old_values: Mapping[str, object] = field(default_factory=dict)
    #: The new owner; None: the operator.
    owner_key: RowKey | None = None
    #: The task that is finished with it. Another one in progress keeps the vehicle out of service.
    task_id: UUID | None = None


@dataclass(frozen=True)
class ActionRule:
    """What an action does, as parts of one UPDATE of vehicles."""

    #: Which vehicles it can be done with.
    condition: ColumnElement[bool]
    #: None: the state stays.
    change: StateChange | None = None
    #: The new state.
    state: VehicleState | ColumnElement[str] = field(
        default_factory=lambda: current_state_column(table(Vehicle))
    )
    #: Other columns. Any: values of several types, and SQL.
    values: Mapping[str, Any] = field(default_factory=dict)
    #: What is done where the state stays, and just before it changes (``EventOrigin``).
    action_if_state_stays: VehicleAction | None = None
    preceding_action: VehicleAction | None = None


def make_rule(action: VehicleAction, details: ActionDetails) -> ActionRule:
    """Return what an action does."""
    return _RULES[action](details)


def _take_out_of_service(details: ActionDetails) -> ActionRule:
    """A vehicle that a report or a feed has taken out of service stays so until staff say else."""
    reason = details.out_of_service_reason
    change = TAKEN_OUT_OF_SERVICE_FOR[reason]
    vehicles = table(Vehicle).c
    is_out_by_others = and_(
        vehicles.state == NON_OPERATIONAL.value, vehicles.out_of_service_reason.is_(None)
    )
    condition = or_(change_applies_condition(change), is_out_by_others)
    values = {"out_of_service_reason": reason.value}
    return ActionRule(condition, change, NON_OPERATIONAL, values)


def _return_to_service(details: ActionDetails) -> ActionRule:
    condition = and_(change_applies_condition(RETURNED_TO_SERVICE), _is_ready_condition(details))
    return ActionRule(condition, RETURNED_TO_SERVICE, VehicleState.AVAILABLE)


def _swap_battery(details: ActionDetails) -> ActionRule:
    """A vehicle that was out of service only for its battery is available then."""
    vehicles = table(Vehicle).c
    waits_for_battery = and_(
        vehicles.state == NON_OPERATIONAL.value,
        vehicles.out_of_service_reason == OutOfServiceReason.BATTERY_LOW.value,
        _is_ready_condition(details),
    )
    state = case(
        (waits_for_battery, VehicleState.AVAILABLE.value),
        else_=current_state_column(table(Vehicle)),
    )
    range_m = _range_with_battery_column(details.battery_percent)
    values = _observed({"battery_percent": details.battery_percent, "range_m": range_m})
    has_battery = vehicles.propulsion_type != PropulsionType.HUMAN.value
    condition = and_(staff_may_change_condition(), has_battery)
    return ActionRule(condition, BATTERY_SWAPPED, state, values)


def stays_out_condition(details: ActionDetails) -> ColumnElement[bool]:
    """Return the condition that a vehicle is out of service also with a new battery."""
    vehicles = table(Vehicle).c
    low = OutOfServiceReason.BATTERY_LOW.value
    has_other_reason = vehicles.out_of_service_reason.is_distinct_from(low)
    return and_(
        vehicles.state == NON_OPERATIONAL.value,
        or_(has_other_reason, ~_is_ready_condition(details)),
    )


def _range_with_battery_column(battery_percent: int) -> ColumnElement[int]:
    """Return the range of a vehicle with a new battery: in proportion, and not longer than ranges
    are. Where the old battery or range is not known, or the battery was empty, it stays."""
    vehicles = table(Vehicle).c
    share = battery_percent / cast(vehicles.battery_percent, Float)
    range_m = func.least(vehicles.range_m * share, literal(float(MAX_RANGE_M), Float))
    is_known = and_(vehicles.battery_percent > 0, vehicles.range_m.is_not(None))
    return case((is_known, cast(range_m, Integer)), else_=vehicles.range_m)


def _move(details: ActionDetails) -> ActionRule:
    is_on_street = table(Vehicle).c.state.not_in((VehicleState.MISSING.value, REMOVED.value))
    condition = and_(staff_may_change_condition(), is_on_street)
    return ActionRule(condition, values=_observed(place_columns(details.place)))


def _pick_up(details: ActionDetails) -> ActionRule:
    change = PICKED_UP_FOR[details.pick_up_reason]
    values = {"picked_up_at": func.now()}
    return ActionRule(change_applies_condition(change), change, REMOVED, values)


def _deploy(details: ActionDetails) -> ActionRule:
    is_ready = _is_ready_condition(details)
    condition = and_(change_applies_condition(DEPLOYED), ~retired_condition(), is_ready)
    return ActionRule(condition, DEPLOYED, VehicleState.AVAILABLE, _place_if_known(details))


def _mark_missing(_: ActionDetails) -> ActionRule:
    """No feed makes it available while staff have not found it."""
    condition = change_applies_condition(MARKED_MISSING)
    values = {"out_of_service_reason": OutOfServiceReason.MAINTENANCE.value}
    return ActionRule(condition, MARKED_MISSING, VehicleState.MISSING, values)


def _mark_found(details: ActionDetails) -> ActionRule:
    """It goes out of service: somebody should look at it before the next ride."""
    reason = OutOfServiceReason.MAINTENANCE.value
    values = {"out_of_service_reason": reason, **_place_if_known(details)}
    return ActionRule(change_applies_condition(FOUND), FOUND, NON_OPERATIONAL, values)


def _edit(details: ActionDetails) -> ActionRule:
    """What an imported vehicle is, its feed says, again with each import."""
    is_imported = table(Vehicle).c.feed_system.is_not(None)
    condition = and_(staff_may_change_condition(), ~is_imported, _is_as_seen_condition(details))
    return ActionRule(condition, values=details.properties)


def _change_code(_: ActionDetails) -> ActionRule:
    return ActionRule(staff_may_change_condition(), values={"code": NEW_CODE})


def _transfer(details: ActionDetails) -> ActionRule:
    condition = and_(staff_may_change_condition(), _is_as_seen_condition(details))
    region, id_ = details.owner_key or (None, None)
    return ActionRule(condition, values={"owner_region": region, "owner_id": id_})


def _retire(_: ActionDetails) -> ActionRule:
    return ActionRule(staff_may_change_condition(), RETIRED, REMOVED, {"picked_up_at": None})


def _is_as_seen_condition(details: ActionDetails) -> ColumnElement[bool]:
    """Return the condition that nobody has changed the vehicle since the page was opened."""
    return values_condition(table(Vehicle), details.old_values)


# Any: values of several types.
def _place_if_known(details: ActionDetails) -> dict[str, Any]:
    return _observed(place_columns(details.place)) if details.place.point else {}


def _observed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns that staff have seen at the vehicle: older reports of its feed do not change
    them."""
    return {**values, "observed_at": func.now()}


def _is_ready_condition(details: ActionDetails) -> ColumnElement[bool]:
    """Return the condition that nothing keeps a vehicle out of service: no report that it is
    unsafe waits for an answer, and nobody works on it."""
    vehicles = table(Vehicle).c
    return and_(
        ~critical_report_condition(vehicles.region, vehicles.id),
        ~task_in_progress_condition(vehicles.region, vehicles.id, details.task_id),
    )


_RULES: Mapping[VehicleAction, Callable[[ActionDetails], ActionRule]] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: _take_out_of_service,
    VehicleAction.RETURN_TO_SERVICE: _return_to_service,
    VehicleAction.SWAP_BATTERY: _swap_battery,
    VehicleAction.MOVE: _move,
    VehicleAction.PICK_UP: _pick_up,
    VehicleAction.DEPLOY: _deploy,
    VehicleAction.MARK_MISSING: _mark_missing,
    VehicleAction.MARK_FOUND: _mark_found,
    VehicleAction.EDIT: _edit,
    VehicleAction.CHANGE_CODE: _change_code,
    VehicleAction.TRANSFER: _transfer,
    VehicleAction.RETIRE: _retire,
}

#: The states in which each action can be done, but for reports that a vehicle is unsafe.
_ON_STREET = frozenset(IDLE_STATES) - {VehicleState.MISSING}
_STATES: Mapping[VehicleAction, Collection[VehicleState]] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: TAKEN_OUT_OF_SERVICE.states_before,
    VehicleAction.RETURN_TO_SERVICE: RETURNED_TO_SERVICE.states_before,
    VehicleAction.PICK_UP: PICKED_UP_FOR[PickUpReason.MAINTENANCE].states_before,
    VehicleAction.DEPLOY: DEPLOYED.states_before,
    VehicleAction.MARK_MISSING: MARKED_MISSING.states_before,
    VehicleAction.MARK_FOUND: FOUND.states_before,
    VehicleAction.MOVE: _ON_STREET,
}


def list_possible_actions(vehicle: Vehicle) -> list[VehicleAction]:
    """Return what can be done with a vehicle in its state."""
    if vehicle.is_retired:
        return []
    state, changeable = vehicle.current_state, (*IDLE_STATES, VehicleState.REMOVED)
    actions = [action for action in VehicleAction if state in _STATES.get(action, changeable)]
    if state == VehicleState.NON_OPERATIONAL and vehicle.out_of_service_reason is None:
        actions.append(VehicleAction.TAKE_OUT_OF_SERVICE)
    never = {
        VehicleAction.SWAP_BATTERY: vehicle.propulsion_type == PropulsionType.HUMAN,
        VehicleAction.EDIT: vehicle.feed_system is not None,
    }
    return [action for action in actions if not never.get(action)]
