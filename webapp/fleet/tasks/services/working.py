"""What those do who work on tasks: take a task, give it back, start it, finish it."""

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import check_vehicle_place
from webapp.fleet.tasks.acts import Act
from webapp.fleet.tasks.enums import TaskKind, TaskState, VehicleOutcome
from webapp.fleet.tasks.errors import TaskChanged, TaskOver, TaskTaken, VehicleRetired
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.statements import (
    finish_task_statement,
    release_task_statement,
    start_task_statement,
    take_task_statement,
)
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import VehicleOnRide
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement
from webapp.fleet.vehicle_events.enums import VehicleAction


def take_task(task_key: RowKey, act: Act) -> None:
    """Take a task that nobody has. Raises NotFound, TaskTaken, TaskOver."""
    if not execute_write(take_task_statement(task_key, act), idempotent=True):
        with check_outcome():
            _check_done(task_key, act)


def release_task(task_key: RowKey, act: Act) -> None:
    """Give a task back, so that others can take it. Raises NotFound, TaskTaken, TaskOver."""
    if not execute_write(release_task_statement(task_key, act), idempotent=True):
        with check_outcome():
            _check_done(task_key, act)


def start_task(task_key: RowKey, act: Act) -> None:
    """Start a task of one's own, or of nobody's. A vehicle that riders can ride goes out of
    service. Raises NotFound, TaskTaken, TaskOver, VehicleOnRide."""

    def work(session: Session) -> bool:
        changed = session.execute(start_task_statement(task_key, act)).first()
        if changed:
            vehicle_id, kind = changed
            details = ActionDetails(out_of_service_reason=_out_of_service_reason(kind))
            action = VehicleAction.TAKE_OUT_OF_SERVICE
            _act_on_vehicle(session, RowKey(task_key.region, vehicle_id), act, action, details)
        return changed is not None

    if not run_transaction(work, idempotent=True):
        with check_outcome():
            _check_done(task_key, act)


def finish_task(task_key: RowKey, act: Act, outcome: TaskOutcome) -> bool:
    """Finish a task that the staff have started, and do with its vehicle what they say. Return
    False if riders should be able to ride it, and it stays out of service: a report says that it is
    not safe, or the service is suspended.

    Raises NotFound, TaskTaken, TaskOver, PlaceTooFar.
    """
    check_vehicle_place(task_key.region, outcome.place)

    def work(session: Session) -> str | None:
        changed = session.execute(finish_task_statement(task_key, act, outcome)).first()
        if changed is None:
            return None
        vehicle_key = RowKey(task_key.region, changed.vehicle_id)
        return _finish_vehicle(session, vehicle_key, changed.kind, act, outcome)

    state = run_transaction(work, idempotent=True)
    if state is None:
        with check_outcome():
            state = _check_done(task_key, act)
    is_out_of_service = state not in (
        VehicleState.AVAILABLE,
        VehicleState.RESERVED,
        VehicleState.ON_TRIP,
    )
    return not (outcome.vehicle is VehicleOutcome.DEPLOYED and is_out_of_service)


def _finish_vehicle(
    session: Session, vehicle_key: RowKey, kind: str, act: Act, outcome: TaskOutcome
) -> str:
    """Act on the vehicle of a task that is done, as far as its state allows it; return its state
    then."""
    details = ActionDetails(place=outcome.place, pick_up_reason=_pick_up_reason(kind))
    if kind == TaskKind.SWAP_BATTERY:
        _act_on_vehicle(session, vehicle_key, act, VehicleAction.SWAP_BATTERY, ActionDetails())
    if outcome.vehicle is VehicleOutcome.PICKED_UP:
        _act_on_vehicle(session, vehicle_key, act, VehicleAction.PICK_UP, details)
    elif outcome.vehicle is VehicleOutcome.UNCHANGED:
        if kind == TaskKind.SWAP_BATTERY:  # with its new battery it would be back in service
            action = VehicleAction.TAKE_OUT_OF_SERVICE
            _act_on_vehicle(session, vehicle_key, act, action, ActionDetails())
    elif _deploy_vehicle(session, vehicle_key, act, details):
        return VehicleState.AVAILABLE
    elif outcome.place.point:
        _act_on_vehicle(session, vehicle_key, act, VehicleAction.MOVE, details)
    query = select(Vehicle.state).where(key_condition(Vehicle, vehicle_key))
    return session.execute(query).scalar_one()


def _deploy_vehicle(
    session: Session, vehicle_key: RowKey, act: Act, details: ActionDetails
) -> bool:
    """Return a vehicle to the street, unless the service is suspended: others decide about that."""
    reason = table(Vehicle).c.out_of_service_reason
    is_suspended = reason.is_not_distinct_from(OutOfServiceReason.SYSTEM_SUSPEND.value)
    return _act_on_vehicle(session, vehicle_key, act, VehicleAction.DEPLOY, details, ~is_suspended)


def _act_on_vehicle(
    session: Session,
    vehicle_key: RowKey,
    act: Act,
    action: VehicleAction,
    details: ActionDetails,
    *conditions: ColumnElement[bool],
) -> bool:
    """Act on a vehicle; return False if its state does not allow it."""
    is_vehicle = and_(key_condition(table(Vehicle), vehicle_key), *conditions)
    statement = vehicle_action_statement(action, details, act.staff_key, is_vehicle)
    return session.execute(statement).first() is not None


def _out_of_service_reason(kind: str) -> OutOfServiceReason:
    swaps = kind == TaskKind.SWAP_BATTERY
    return OutOfServiceReason.BATTERY_LOW if swaps else OutOfServiceReason.MAINTENANCE


def _pick_up_reason(kind: str) -> PickUpReason:
    moves = kind in (TaskKind.REBALANCE, TaskKind.COLLECT)
    return PickUpReason.REBALANCE if moves else PickUpReason.MAINTENANCE


def _check_done(task_key: RowKey, act: Act) -> str:
    """Raise why an act was not possible, unless an earlier attempt has done it: then return the
    state of the vehicle."""
    query = (
        select(Task, Vehicle)
        .join(Task.vehicle)
        .where(key_condition(Task, task_key), act.city_condition)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    task, vehicle = row
    if task.last_act_id != act.id:
        raise _find_refusal(task, vehicle, act)
    state: str = vehicle.state
    return state


def _find_refusal(task: Task, vehicle: Vehicle, act: Act) -> DomainError:
    if not task.is_open:
        return TaskOver()
    if task.assignee_key not in (None, act.staff_key):
        return TaskTaken()
    if vehicle.is_retired:
        return VehicleRetired()
    if task.state == TaskState.OPEN and vehicle.state == VehicleState.ON_TRIP:
        return VehicleOnRide()
    return TaskChanged()
