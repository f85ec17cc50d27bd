"""One task, and what is needed to make one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import CustomTaskKind, Task, TaskPhoto
from webapp.regions.geography import distance_m_column
from webapp.web.roles import Permission


@dataclass(frozen=True)
class TaskDetails:
    """A task as a member of staff sees it."""

    #: With its vehicle, parts and photos.
    task: Task
    #: Whether the viewer is to do it.
    is_own: bool
    #: Whether the viewer plans tasks in its city, and sees who does them.
    may_plan: bool
    #: The nearest other one of the viewer's tasks; None: there is none.
    next_task_key: RowKey | None

    @property
    def shown_assignee(self) -> User | None:
        """Who does it, for a page."""
        return self.task.assignee if self.may_plan else None


def find_task(staff: User, task_key: RowKey) -> TaskDetails:
    """Return a task in a city where a member of staff works on tasks; raises NotFound."""
    plans = staff.has_permission(Permission.PLAN_TASKS)
    query = (
        select(Task, _next_id_query(staff.key))
        .join(Task.vehicle)
        .where(key_condition(Task, task_key))
        .options(*_details_options(with_assignee=plans))
    )
    row = db.session.execute(query).unique().one_or_none()
    if row is None or not staff.has_permission(Permission.WORK_ON_TASKS, row[0].city):
        raise NotFound
    task, next_id = row
    return TaskDetails(
        task,
        is_own=task.assignee_key == staff.key,
        may_plan=staff.has_permission(Permission.PLAN_TASKS, task.city),
        next_task_key=RowKey(task.region, next_id) if next_id else None,
    )


def _details_options(*, with_assignee: bool) -> list[ORMOption]:
    options: list[ORMOption] = [
        contains_eager(Task.vehicle),
        joinedload(Task.parts),
        joinedload(Task.photos),
    ]
    if with_assignee:  # without their roles, which no page shows
        options.append(joinedload(Task.assignee).lazyload("*"))
    return options


def _next_id_query(staff_key: RowKey) -> Any:
    """Return the column with the id of the nearest other task of somebody in the city. Any: a
    scalar subquery."""
    other, other_vehicle = aliased(Task), aliased(Vehicle)
    distance = distance_m_column(other_vehicle.lat, other_vehicle.lon, Vehicle.lat, Vehicle.lon)
    return (
        select(other.id)
        .join(other.vehicle.of_type(other_vehicle))
        .where(
            other.region == Task.region,
            other.city == Task.city,
            key_condition(other, staff_key, "assignee_region", "assignee_id"),
            other.state.in_(OPEN_STATES),
            other.id != Task.id,
        )
        .order_by(
            (other.state == TaskState.IN_PROGRESS).desc(), distance.asc().nulls_last(), other.id
        )
        .limit(1)
        .correlate(Task, Vehicle)
        .scalar_subquery()
    )


def read_task_photo(staff: User, task_key: RowKey, number: int) -> bytes:
    """Return a photo of a task, a JPEG; raises NotFound for one of another city."""
    query = (
        select(TaskPhoto.content, Task.city)
        .join(Task, (Task.region == TaskPhoto.region) & (Task.id == TaskPhoto.task_id))
        .where(key_condition(Task, task_key), TaskPhoto.number == number)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not staff.has_permission(Permission.WORK_ON_TASKS, row.city):
        raise NotFound
    content: bytes = row.content
    return content


def find_vehicle_for_task(staff: User, vehicle_key: RowKey) -> tuple[Vehicle, list[str]]:
    """Return a vehicle in a city of a planner, and the city's own kinds of tasks; raises
    NotFound."""
    kinds = (
        select(CustomTaskKind.name)
        .where(CustomTaskKind.city == Vehicle.city)
        .order_by(CustomTaskKind.name)
        .correlate(Vehicle)
        .scalar_subquery()
    )
    query = select(Vehicle, func.array(kinds)).where(
        key_condition(Vehicle, vehicle_key), ~retired_condition()
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not staff.has_permission(Permission.PLAN_TASKS, row[0].city):
        raise NotFound
    return row[0], list(row[1])
