"""What those do who work on tasks: take a task, give it back, start it, finish it."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import check_vehicle_place
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import TaskState, VehicleOutcome
from webapp.fleet.tasks.errors import TaskChanged, TaskClosed, TaskTaken, VehicleRetired
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.statements import release_task_statement, take_task_statement
from webapp.fleet.tasks.vehicle_statements import finish_task_statement, start_task_statement
from webapp.fleet.vehicle_actions.services import VehicleOnRide

#: The states of a vehicle in which an outcome has come true.
_STATES_AFTER: Mapping[VehicleOutcome, Collection[VehicleState]] = {
    VehicleOutcome.DEPLOYED: (VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.ON_TRIP),
    VehicleOutcome.PICKED_UP: (VehicleState.REMOVED,),
}


def take_task(task_key: RowKey, change: TaskChange) -> None:
    """Take a task that nobody has. Raises NotFound, TaskTaken, TaskClosed."""
    if not execute_write(take_task_statement(task_key, change), idempotent=True):
        with check_outcome():
            _check_done(task_key, change)


def release_task(task_key: RowKey, change: TaskChange) -> None:
    """Give a task back, so that others can take it. Raises NotFound, TaskTaken, TaskClosed."""
    if not execute_write(release_task_statement(task_key, change), idempotent=True):
        with check_outcome():
            _check_done(task_key, change)


def start_task(task: Task, change: TaskChange) -> None:
    """Start a task of one's own, or of nobody's. Nobody can ride its vehicle then.

    Raises NotFound, TaskTaken, TaskClosed, VehicleOnRide.
    """
    if not execute_write(start_task_statement(task, change), idempotent=True):
        with check_outcome():
            _check_done(task.key, change)


def check_may_finish(task: Task, change: TaskChange) -> None:
    """Raise why somebody cannot finish a task, as far as it was read.

    task: with its vehicle.

    Raises TaskTaken, TaskClosed, TaskChanged.
    """
    is_own = task.state == TaskState.IN_PROGRESS and task.assignee_key == change.staff_key
    if not is_own and task.last_change_id != change.id:
        raise _find_refusal(task, task.vehicle, change)


def finish_task(task: Task, change: TaskChange, outcome: TaskOutcome) -> bool:
    """Finish a task that the staff have started, and do with its vehicle what they say. Return
    whether the vehicle is so then. Riders cannot ride it if a report says that it is not safe, the
    service is suspended, or another task on it is in progress; nobody picks it up on a ride.

    task: with its vehicle.

    Raises NotFound, TaskTaken, TaskClosed, PlaceTooFar.
    """
    check_vehicle_place(task.region, outcome.place)
    if rows := execute_write(finish_task_statement(task, change, outcome), idempotent=True):
        state = rows[0].state
    else:
        with check_outcome():
            state = _check_done(task.key, change)
    expected_states = _STATES_AFTER.get(outcome.vehicle)
    return expected_states is None or state in expected_states


def _check_done(task_key: RowKey, change: TaskChange) -> str:
    """Raise why a change was not possible, unless an earlier attempt has done it: then return the
    state of the vehicle."""
    query = (
        select(Task, Vehicle)
        .join(Task.vehicle)
        .where(key_condition(Task, task_key), change.city_condition)
        .execution_options(populate_existing=True)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    task, vehicle = row
    if task.last_change_id != change.id:
        raise _find_refusal(task, vehicle, change)
    state: str = vehicle.state
    return state


def _find_refusal(task: Task, vehicle: Vehicle, change: TaskChange) -> DomainError:
    if not task.is_open:
        return TaskClosed()
    if task.assignee_key not in (None, change.staff_key):
        return TaskTaken()
    if vehicle.is_retired:
        return VehicleRetired()
    if task.state == TaskState.OPEN and vehicle.state == VehicleState.ON_TRIP:
        return VehicleOnRide()
    return TaskChanged()
