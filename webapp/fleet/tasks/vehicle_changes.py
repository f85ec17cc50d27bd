"""What the assignee does with the vehicle of a task, as one action on it: when the task is started,
and when it is done.

Swapping its battery is an action of its own, before the vehicle is deployed or picked up. Both are
done by one UPDATE, because a statement modifies no table twice.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, literal, or_

from webapp.db.types import table
from webapp.fleet.enums import OutOfServiceReason, PickUpReason, PropulsionType, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import TaskKind, VehicleOutcome
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.vehicle_actions.rules import ActionDetails, ActionRule, make_rule
from webapp.fleet.vehicle_events.conditions import change_applies_condition, current_state_column
from webapp.fleet.vehicle_events.enums import EventType, VehicleAction
from webapp.fleet.vehicle_events.transitions import DEPLOYED, TAKEN_OUT_FOR_TASK

#: MDS says of a vehicle that gets a new battery and riders can ride again that it is charged.
_DEPLOYED_WITH_BATTERY = replace(
    DEPLOYED,
    events_by_reason={OutOfServiceReason.BATTERY_LOW: (EventType.BATTERY_CHARGED,)},
)


class VehicleChange(NamedTuple):
    """An action on the vehicle of a task, and what it does."""

    action: VehicleAction
    rule: ActionRule


def make_start_change(task: Task) -> VehicleChange:
    """Return what starting a task does with its vehicle: no rider, feed or swapped battery makes it
    available while somebody works on it, whatever state it was in. Picked up, missing and out of
    service it stays so; a suspended service stays the reason."""
    vehicles, swaps = table(Vehicle).c, task.kind == TaskKind.SWAP_BATTERY
    reason = OutOfServiceReason.BATTERY_LOW if swaps else OutOfServiceReason.MAINTENANCE
    change = TAKEN_OUT_FOR_TASK[reason]
    leaves_street = change_applies_condition(change)
    is_out = vehicles.state.in_((VehicleState.NON_OPERATIONAL.value, VehicleState.MISSING.value))
    # A swap has no stronger reason than to wait for the battery.
    is_for_battery = vehicles.out_of_service_reason == OutOfServiceReason.BATTERY_LOW.value
    has_weaker_reason = or_(
        vehicles.out_of_service_reason.is_(None), false() if swaps else is_for_battery
    )
    rule = ActionRule(
        or_(leaves_street, and_(is_out, has_weaker_reason)),
        change,
        _state_if(leaves_street, VehicleState.NON_OPERATIONAL),
        {"out_of_service_reason": reason.value},
    )
    return VehicleChange(VehicleAction.TAKE_OUT_OF_SERVICE, rule)


def choose_vehicle_change(task: Task, outcome: TaskOutcome) -> VehicleChange | None:
    """Return what was done with the vehicle of a task, as far as its state allows it. None:
    nothing.

    task: with its vehicle.
    """
    has_battery = task.vehicle.propulsion_type != PropulsionType.HUMAN
    swaps = task.kind == TaskKind.SWAP_BATTERY and has_battery
    if outcome.vehicle is VehicleOutcome.UNCHANGED:
        return VehicleChange(VehicleAction.SWAP_BATTERY, _swap_only_rule()) if swaps else None
    if outcome.vehicle is VehicleOutcome.PICKED_UP:
        action, rule = VehicleAction.PICK_UP, _pick_up_rule(task)
    else:
        action, rule = VehicleAction.DEPLOY, _deploy_rule(task, outcome)
    return VehicleChange(action, _add_battery_swap(rule) if swaps else rule)


def _swap_only_rule() -> ActionRule:
    """The vehicle stays as it is. One that waited for its battery waits for staff then."""
    reason = table(Vehicle).c.out_of_service_reason
    waited_for_battery = reason == OutOfServiceReason.BATTERY_LOW.value
    swap = make_rule(VehicleAction.SWAP_BATTERY, ActionDetails())
    new_reason = case((waited_for_battery, OutOfServiceReason.MAINTENANCE.value), else_=reason)
    values = {**swap.values, "out_of_service_reason": new_reason}
    return ActionRule(swap.condition, values=values)


def _pick_up_rule(task: Task) -> ActionRule:
    moves = task.kind in (TaskKind.REBALANCE, TaskKind.COLLECT)
    reason = PickUpReason.REBALANCE if moves else PickUpReason.MAINTENANCE
    return make_rule(VehicleAction.PICK_UP, ActionDetails(pick_up_reason=reason))


def _deploy_rule(task: Task, outcome: TaskOutcome) -> ActionRule:
    """The vehicle is available, unless the service is suspended, or a colleague works on it: others
    decide about that. If it was available already, or cannot be, it has moved."""
    details = ActionDetails(place=outcome.place, task_id=task.id)
    deploy, move = (make_rule(each, details) for each in (VehicleAction.DEPLOY, VehicleAction.MOVE))
    reason = table(Vehicle).c.out_of_service_reason
    is_suspended = reason.is_not_distinct_from(OutOfServiceReason.SYSTEM_SUSPEND.value)
    condition = and_(deploy.condition, ~is_suspended)
    if outcome.place.point is None:
        return replace(deploy, condition=condition)
    return replace(
        deploy,
        condition=or_(condition, move.condition),
        state=_state_if(condition, VehicleState.AVAILABLE),
        action_if_state_stays=VehicleAction.MOVE,
    )


def _add_battery_swap(rule: ActionRule) -> ActionRule:
    """Return a rule by which the battery is swapped before, and also where the rule does not
    apply."""
    swap = make_rule(VehicleAction.SWAP_BATTERY, ActionDetails())
    columns = table(Vehicle).c
    values = {
        name: case((rule.condition, _make_column(name, value)), else_=columns[name])
        for name, value in rule.values.items()
    }
    state = rule.state
    return replace(
        rule,
        condition=or_(swap.condition, rule.condition),
        change=_DEPLOYED_WITH_BATTERY if rule.change is DEPLOYED else rule.change,
        state=_state_if(rule.condition, state) if isinstance(state, VehicleState) else state,
        values={**values, **swap.values},
        action_if_state_stays=VehicleAction.SWAP_BATTERY,
        preceding_action=VehicleAction.SWAP_BATTERY,
    )


def _state_if(condition: ColumnElement[bool], state: VehicleState) -> ColumnElement[str]:
    """Return a state where a condition holds, and elsewhere the state that the vehicle has."""
    return case((condition, state.value), else_=current_state_column(table(Vehicle)))


def _make_column(name: str, value: Any) -> ColumnElement[Any]:
    """Return a new value of a column of vehicles as SQL. Any: of several types."""
    if isinstance(value, ColumnElement):
        return value
    return literal(value, table(Vehicle).c[name].type)
