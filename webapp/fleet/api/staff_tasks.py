"""The tasks of a city for those who do them."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body, Lat, Lon
from webapp.db.keys import RowKey
from webapp.fleet.api.fleet_schemas import FleetTask, describe_task
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.queries.details import find_task
from webapp.fleet.tasks.queries.lists import KindFilter, list_tasks
from webapp.regions.geography import Point
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

bp = Blueprint("api_staff_tasks", __name__, url_prefix=f"{V1}/fleet/tasks")


class TasksQuery(Body):
    """Which tasks of a city, and from where."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    kind: TaskKind | None = None
    lat: Lat | None = None
    lon: Lon | None = None

    def __post_init__(self) -> None:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together")


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
@operation(FleetTaskList, query=TasksQuery, query_example=TasksQuery(lat=40.7306, lon=-73.9866))
def index(query: TasksQuery) -> FleetTaskList:
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
