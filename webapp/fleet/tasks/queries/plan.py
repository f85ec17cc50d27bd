"""Who has which tasks of a city, for planners."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, contains_eager

from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.tasks.enums import OPEN_STATES
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.queries.lists import KindFilter, is_vehicle_of
from webapp.fleet.tasks.statements import worker_conditions
from webapp.regions.models import City
from webapp.web.roles import Role

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
    def is_cut(self) -> bool:
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
    by_name = sorted(workers.values(), key=lambda each: each.name.lower())
    return TaskPlan(by_name, unassigned, others)


def _plan_query(city: City, kind_filter: KindFilter) -> Select[Any]:
    """Return the query for each worker with each task. Any: of several types."""
    workers = _workers_query(city).subquery()
    first = (
        select(Task)
        .where(
            Task.region == city.region,
            Task.city == city.name,
            Task.state.in_(OPEN_STATES),
            *kind_filter.conditions,
        )
        .order_by(Task.priority, Task.created_at, Task.id)
        .limit(MAX_PLANNED)
        .subquery()
    )
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


def _workers_query(city: City) -> Select[Any]:
    """Return the query of who works in a city. Admins may, too, but others do."""
    users = table(User).c
    return (
        select(users.region, users.id, users.first_name, users.last_name)
        .join(
            table(RoleGrant),
            (RoleGrant.region == users.region) & (RoleGrant.user_id == users.id),
        )
        .where(*worker_conditions(city.name), RoleGrant.role != Role.ADMIN)
        .distinct()
    )
