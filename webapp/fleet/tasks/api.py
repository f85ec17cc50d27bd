"""The tasks of a city for those who do them."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, WithHeaders, operation, refer_to
from webapp.api.values import Answer, PointBody, Reference
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.owner_and_staff_schemas import LINES, FleetTask, PlaceBody, describe_task
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.tasks.changes import TaskChange, make_change
from webapp.fleet.tasks.enums import TaskKind, VehicleOutcome
from webapp.fleet.tasks.errors import TaskChanged, TaskClosed, TaskTaken, VehicleRetired
from webapp.fleet.tasks.models import MAX_NOTE_LENGTH
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.queries.details import find_task
from webapp.fleet.tasks.queries.lists import KindFilter, list_tasks
from webapp.fleet.tasks.services import working
from webapp.fleet.vehicle_actions.services import VehicleOnRide
from webapp.regions.geography import Point
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

#: The longest time that work takes, minutes.
MAX_MINUTES = 24 * 60

TASK_PROBLEMS = (NotFound, TaskTaken, TaskClosed, TaskChanged, VehicleRetired, VehicleOnRide)

bp = Blueprint("api_staff_tasks", __name__, url_prefix=f"{V1}/fleet/tasks")


class TaskParameters(PointBody):
    """Which tasks of a city, and from where."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    kind: TaskKind | None = None


class FleetTaskList(Answer):
    """The tasks of a city."""

    own: Annotated[list[FleetTask], Meta(description="The account's, in the order of a route.")]
    free: Annotated[
        list[FleetTask],
        Meta(description="Those that nobody has: the nearest first, or the urgent ones."),
    ]


@bp.get("")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_READ)
@operation(
    FleetTaskList,
    query=TaskParameters,
    query_example=TaskParameters(lat=40.7306, lon=-73.9866),
    problems=(NotFound,),
)
def index(query: TaskParameters) -> FleetTaskList:
    """List the account's tasks in a city, and those that nobody has: the first fifty of each."""
    point = None
    if query.lat is not None and query.lon is not None:
        point = Point(query.lat, query.lon)
    city = staff_city_or_404(query.city, Permission.WORK_ON_TASKS)
    tasks = list_tasks(city, current_user.key, point, KindFilter(query.kind or ""))
    return FleetTaskList(
        own=[describe_task(each.task, current_user.key, each.distance_m) for each in tasks.own],
        free=[describe_task(each.task, current_user.key, each.distance_m) for each in tasks.free],
    )


@bp.get("/<key:task_key>")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_READ)
@operation(FleetTask)
def show(task_key: RowKey) -> FleetTask:
    """Show a task."""
    return describe_task(find_task(current_user, task_key).task, current_user.key)


class TaskCompletion(PlaceBody, kw_only=True):
    """What came of a task. Parts and photos are added on its page."""

    vehicle: Annotated[VehicleOutcome, Meta(description="deployed, picked_up, or unchanged.")]
    note: Annotated[
        str, Meta(max_length=MAX_NOTE_LENGTH, pattern=LINES, description="What was done.")
    ] = ""
    minutes: Annotated[int, Meta(ge=0, le=MAX_MINUTES)] | None = None


class FinishedTask(Reference):
    """A task that is done."""

    has_vehicle_outcome: Annotated[
        bool,
        Meta(description="False: it stays out of service, or somebody rides it."),
    ]


@bp.post("/<key:task_key>/take")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_WRITE)
@operation(Reference, problems=TASK_PROBLEMS)
def take(task_key: RowKey, nonce: UUID) -> WithHeaders:
    """Take a task that nobody has."""
    working.take_task(task_key, _make_change(nonce))
    return _refer(task_key)


@bp.post("/<key:task_key>/release")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_WRITE)
@operation(Reference, problems=TASK_PROBLEMS)
def release(task_key: RowKey, nonce: UUID) -> WithHeaders:
    """Give a task back; the vehicle stays as it is."""
    working.release_task(task_key, _make_change(nonce))
    return _refer(task_key)


@bp.post("/<key:task_key>/start")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_WRITE)
@operation(Reference, problems=TASK_PROBLEMS)
def start(task_key: RowKey, nonce: UUID) -> WithHeaders:
    """Start a task: nobody can ride the vehicle then."""
    working.start_task(find_task(current_user, task_key).task, _make_change(nonce))
    return _refer(task_key)


@bp.post("/<key:task_key>/finish")
@requires(Permission.WORK_ON_TASKS)
@requires_scope(Scope.FLEET_WRITE)
@operation(
    FinishedTask,
    body=TaskCompletion,
    body_example=TaskCompletion(vehicle=VehicleOutcome.DEPLOYED, lat=40.7306, lon=-73.9866),
    problems=(*TASK_PROBLEMS, PlaceTooFar),
)
def finish(task_key: RowKey, body: TaskCompletion, nonce: UUID) -> WithHeaders:
    """Finish a task that the account has started, and say what came of the vehicle."""
    task, change = find_task(current_user, task_key).task, _make_change(nonce)
    working.check_may_finish(task, change)
    outcome = TaskOutcome(body.vehicle, body.note, body.minutes, place=body.place)
    has_outcome = working.finish_task(task, change, outcome)
    url = url_for(".show", task_key=task_key)
    answer = FinishedTask(id=str(task_key), url=url, has_vehicle_outcome=has_outcome)
    return WithHeaders(answer, {"Location": url})


def _make_change(nonce: UUID) -> TaskChange:
    return make_change(current_user, Permission.WORK_ON_TASKS, nonce)


def _refer(task_key: RowKey) -> WithHeaders:
    return refer_to(task_key, url_for(".show", task_key=task_key))
