"""Who has which tasks of a city, for planners."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import aliased, contains_eager

from webapp.auth.models import RoleGrant, User
from webapp.auth.staff import staff_query
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.tasks.enums import OPEN_STATES
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.queries.lists import KindFilter, is_vehicle_of
from webapp.regions.catalogue import list_city_regions
from webapp.regions.models import City
from webapp.translations.collation import sort_key
from webapp.web.roles import Permission, Role

#: Tasks that the page shows; the urgent and old ones first.
MAX_PLANNED = 300


@dataclass(frozen=True)
class Worker:
    """Somebody who works on the tasks of a city, with their tasks."""

    key: RowKey
    name: str
    tasks: list[Task] = field(default_factory=list)


@dataclass(frozen=True)
class TaskPlan:
    """Who has which tasks of a city."""

    #: By name.
    workers: list[Worker]
    #: Those of nobody.
    unassigned: list[Task]
    #: Those of admins, and of people who have no role for tasks any more.
    others: list[Task]

    @property
    def is_truncated(self) -> bool:
        """Whether there may be more tasks than the page shows."""
        tasks = [self.unassigned, self.others, *(each.tasks for each in self.workers)]
        return sum(map(len, tasks)) >= MAX_PLANNED


def get_task_plan(city: City, kind_filter: KindFilter) -> TaskPlan:
    """Return who has which tasks of a city that are to be done."""
    workers: dict[RowKey, Worker] = {}
    unassigned: list[Task] = []
    others: list[Task] = []
    for region, id_, first_name, last_name, task in db.session.execute(
        _plan_query(city, kind_filter)
    ):
        if id_ is None:
            (others if task.assignee_id else unassigned).append(task)
            continue
        key = RowKey(region, id_)
        worker = workers.setdefault(key, Worker(key, f"{first_name} {last_name}"))
        if task:
            worker.tasks.append(task)
    by_name = sorted(workers.values(), key=lambda each: sort_key(each.name))
    return TaskPlan(by_name, unassigned, others)


def _plan_query(city: City, kind_filter: KindFilter) -> Select[Any]:
    """Return the query for each worker with each task. Any: of several types."""
    workers = _workers_query(city).subquery()
    first = _first_query(city, kind_filter).subquery()
    listed = aliased(Task, first)
    in_fleet = select(first).join(Vehicle, is_vehicle_of(listed)).where(~retired_condition())
    task = aliased(Task, in_fleet.subquery())
    is_assignee = (workers.c.region == task.assignee_region) & (workers.c.id == task.assignee_id)
    return (
        select(workers.c.region, workers.c.id, workers.c.first_name, workers.c.last_name, task)
        .select_from(workers)
        .outerjoin(task, is_assignee, full=True)
        .outerjoin(Vehicle, is_vehicle_of(task))
        .options(contains_eager(task.vehicle))
        .order_by(task.priority.nulls_last(), task.created_at.nulls_last(), task.id.nulls_last())
    )


def _first_query(city: City, kind_filter: KindFilter) -> Select[Any]:
    """Return the query of the tasks that come first; each state is a range of the index."""
    parts = [
        select(Task)
        .where(
            Task.region == city.region,
            Task.city == city.name,
            Task.state == state.value,
            *kind_filter.conditions,
        )
        .order_by(Task.priority, Task.created_at, Task.id)
        .limit(MAX_PLANNED)
        for state in OPEN_STATES
    ]
    merged = union_all(*parts).subquery()
    columns = merged.c
    return (
        select(merged).order_by(columns.priority, columns.created_at, columns.id).limit(MAX_PLANNED)
    )


def _workers_query(city: City) -> Select[Any]:
    """Return the query of who works in a city. Admins may, too, but others do."""
    users, grants = table(User).c, table(RoleGrant).c
    query = staff_query(
        Permission.WORK_ON_TASKS,
        city.name,
        users.region,
        users.id,
        users.first_name,
        users.last_name,
    )
    return query.where(
        grants.region.in_(list_city_regions()), grants.role != Role.ADMIN.value
    ).distinct()
