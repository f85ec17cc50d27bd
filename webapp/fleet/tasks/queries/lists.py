"""The tasks of a city for those who do them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, union_all
from sqlalchemy.orm import aliased, contains_eager

from webapp.db.keys import RowKey, key_condition
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.route import order_stops
from webapp.regions.geography import Point, distance_m, distance_m_column
from webapp.regions.models import City

#: Tasks of one person that a page shows, and tasks of nobody.
MAX_OWN, MAX_FREE = 50, 50
#: Of the tasks of nobody, those that come first: the nearest are chosen among them.
MAX_CANDIDATES = 1_000


@dataclass(frozen=True)
class KindFilter:
    """Which kind of tasks to list; '' is any."""

    kind: str = ""
    custom_kind: str = ""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        if not self.kind:
            return []
        return [Task.kind == self.kind, Task.custom_kind == self.custom_kind]


@dataclass(frozen=True)
class ListedTask:
    """A task in a list, with its vehicle."""

    task: Task
    #: How far it is from the device, or on a route from the stop before; None: not known.
    distance_m: int | None = None


@dataclass(frozen=True)
class TaskList:
    """The tasks of a city for one member of staff."""

    #: Their own, in the order of the route.
    own: list[ListedTask]
    #: Those that nobody has: the nearest first, or without a position, the urgent ones.
    free: list[ListedTask]


def list_tasks(
    city: City, staff_key: RowKey, point: Point | None, kind_filter: KindFilter
) -> TaskList:
    """Return the tasks that somebody can do in a city.

    point: where they are; None: not known.
    """
    rows = db.session.execute(_tasks_query(city, staff_key, point, kind_filter)).all()
    own = [task for task, is_own in rows if is_own]
    free = [task for task, is_own in rows if not is_own]
    return TaskList(_make_route(own, point), [_measure(task, point) for task in free])


def _tasks_query(
    city: City, staff_key: RowKey, point: Point | None, kind_filter: KindFilter
) -> Select[Any]:
    """Any: of Task and bool."""
    parts = union_all(
        _own_query(city, staff_key).subquery().select(),
        _free_query(city, point, kind_filter).subquery().select(),
    ).subquery()
    task = aliased(Task, parts)
    return (
        select(task, parts.c.is_own)
        .join(Vehicle, is_vehicle_of(task))
        .where(~retired_condition())
        .options(contains_eager(task.vehicle))
        .order_by(
            parts.c.is_own.desc(),
            (task.state == TaskState.IN_PROGRESS).desc(),
            *_order(task, point),
        )
    )


def _own_query(city: City, staff_key: RowKey) -> Select[Any]:
    return (
        select(Task, literal(True).label("is_own"))
        .where(
            Task.region == city.region,
            Task.city == city.name,
            key_condition(Task, staff_key, "assignee_region", "assignee_id"),
            Task.state.in_(OPEN_STATES),
        )
        .order_by(*_order(Task, None))
        .limit(MAX_OWN)
    )


def _free_query(city: City, point: Point | None, kind_filter: KindFilter) -> Select[Any]:
    query = (
        select(Task, literal(False).label("is_own"))
        .where(
            Task.region == city.region,
            Task.city == city.name,
            Task.state == TaskState.OPEN.value,
            Task.assignee_id.is_(None),
            *kind_filter.conditions,
        )
        .order_by(*_order(Task, None))
    )
    if point is None:
        return query.limit(MAX_FREE)
    first = query.limit(MAX_CANDIDATES).subquery()
    task = aliased(Task, first)
    return (
        select(first)
        .join(Vehicle, is_vehicle_of(task))
        .order_by(*_order(task, point))
        .limit(MAX_FREE)
    )


def is_vehicle_of(task: type[Task]) -> ColumnElement[bool]:
    """Return the condition that joins the vehicle of a task. task: the class or an alias of it."""
    return (Vehicle.region == task.region) & (Vehicle.id == task.vehicle_id)


def _order(task: type[Task], point: Point | None) -> list[Any]:
    """Any: terms of several types."""
    if point is None:
        return [task.priority, task.created_at, task.id]
    return [_distance_column(point).asc().nulls_last(), task.id]


def _distance_column(point: Point) -> ColumnElement[int]:
    return distance_m_column(Vehicle.lat, Vehicle.lon, literal(point.lat), literal(point.lon))


def _make_route(own: list[Task], point: Point | None) -> list[ListedTask]:
    """Put tasks in order: what was started first, then always the nearest one next."""
    started = [task for task in own if task.state == TaskState.IN_PROGRESS]
    not_started = [task for task in own if task.state != TaskState.IN_PROGRESS]
    if point is None:
        return [ListedTask(task) for task in own]
    start = next((task.vehicle.point for task in started[-1:]), None) or point
    route, here = [], point
    for task in started + order_stops(not_started, start, lambda task: task.vehicle.point):
        route.append(_measure(task, here))
        here = task.vehicle.point or here
    return route


def _measure(task: Task, here: Point | None) -> ListedTask:
    there = task.vehicle.point
    return ListedTask(task, round(distance_m(here, there)) if here and there else None)
