"""The transitions of tasks: each is one conditional statement that decides, changes and writes its
audit event. Without a row it was not possible, or the change was done already (``last_change_id``).

Those that act on the vehicle, too, are in ``vehicle_statements``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    null,
    select,
    update,
)

from webapp.audit.changes import RecordedChange, select_values, values_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.staff import staff_query
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.notification_kinds import TASK_ASSIGNED
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import Task
from webapp.jobs.writing import job_cte
from webapp.riders.notifications.job_kinds import notification_job_statement
from webapp.web.roles import Permission
from webapp.web.urls import public_url

#: The id of the task.
Changed = Select[tuple[UUID]]


def take_task_statement(task_key: RowKey, change: TaskChange) -> Changed:
    """Return the statement by which staff take a task that nobody has; nobody has started it
    then."""
    values = {
        **reset_values(),
        **assignee_values(change.staff_key),
        "assigned_at": change.time_after(table(Task).c.created_at),
    }
    condition = and_(is_free(), has_vehicle())
    return _transition_statement(AuditKind.TASK_TAKEN, task_key, change, condition, values)


def release_task_statement(task_key: RowKey, change: TaskChange) -> Changed:
    """Return the statement by which the assignee gives a task back. Its vehicle stays as it is."""
    is_own = and_(table(Task).c.state.in_(OPEN_STATES), is_assignee(change.staff_key))
    return _transition_statement(AuditKind.TASK_RELEASED, task_key, change, is_own, reset_values())


def cancel_task_statement(task_key: RowKey, change: TaskChange) -> Changed:
    """Return the statement by which a planner cancels a task that is to be done."""
    is_open = table(Task).c.state.in_(OPEN_STATES)
    values = {"state": TaskState.CANCELLED.value, "closed_at": change.time_after(last_step_at())}
    return _transition_statement(AuditKind.TASK_CANCELLED, task_key, change, is_open, values)


def assign_task_statement(
    task_key: RowKey, change: TaskChange, seen: RowKey | None, assignee: RowKey | None
) -> Changed:
    """Return the statement by which a planner assigns a task to other staff of its city, or to
    nobody. It is open then, also if somebody had started it.

    seen: who had it on the page of the planner.
    """
    tasks = table(Task).c
    region, id_ = seen or (None, None)
    condition = and_(
        tasks.state.in_(OPEN_STATES),
        tasks.assignee_region.is_not_distinct_from(region),
        tasks.assignee_id.is_not_distinct_from(id_),
        tasks.assignee_id.is_distinct_from(assignee and assignee.id),
    )
    values = reset_values()
    if assignee:
        values |= {**assignee_values(assignee), "assigned_at": change.time_after(tasks.created_at)}
        condition = and_(condition, works_on_tasks_condition(assignee, tasks.city))
    changed, audit_event = make_transition_parts(
        AuditKind.TASK_ASSIGNED, task_key, change, condition, values
    )
    statement = select(changed.c.id).add_cte(as_cte(audit_event))
    if assignee is None or assignee == change.staff_key:
        return statement
    link = public_url("fleet.tasks.show", task_key=task_key)
    notice = notification_job_statement(TASK_ASSIGNED, assignee, link, after=changed)
    return statement.add_cte(job_cte(notice))


def works_on_tasks_condition(
    staff_key: RowKey, city_name: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that an account works on the tasks of a city."""
    users = table(User)
    query = staff_query(Permission.WORK_ON_TASKS, city_name, users.c.id)
    return query.where(key_condition(users, staff_key)).exists()


def _transition_statement(
    kind: AuditKind,
    task_key: RowKey,
    change: TaskChange,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],  # Any: of several types, and SQL
) -> Changed:
    """Return the statement of a transition that needs nothing else."""
    changed, audit_event = make_transition_parts(kind, task_key, change, condition, values)
    return select(changed.c.id).add_cte(as_cte(audit_event))


def make_transition_parts(
    kind: AuditKind,
    task_key: RowKey,
    change: TaskChange,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],  # Any: of several types, and SQL
) -> tuple[CTE, Insert]:
    """Return the part of a statement that changes a task, and its audit event."""
    tasks = table(Task)
    is_task = key_condition(tasks, task_key)
    changed = (
        update(tasks)
        .where(
            is_task,
            change.city_condition,
            condition,
            tasks.c.last_change_id.is_distinct_from(change.id),
        )
        .values(last_change_id=change.id, **values)
        .returning(tasks.c.region, tasks.c.id, tasks.c.city, *recorded_columns())
        .cte("changed_task")
    )
    old_values = select(*recorded_columns()).where(is_task).cte("old_values")
    recorded = RecordedChange(
        select_values(old_values), values_object(changed, *old_values.c.keys())
    )
    audit_event = audit_event_statement(
        kind,
        actor=change.staff_key,
        subject=audit_subject("task", task_key),
        after=changed,
        region=task_key.region,
        city=changed.c.city,
        change=recorded,
    )
    return changed, audit_event


def recorded_columns() -> list[ColumnElement[Any]]:  # Any: of two types
    """Return what an audit event has of a task, before and after: not who, which is a person."""
    tasks = table(Task).c
    return [tasks.state, tasks.assignee_id.is_not(None).label("is_assigned")]


def has_vehicle(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the vehicle of a task is in the fleet, and meets others."""
    tasks, vehicles = table(Task).c, table(Vehicle).c
    return exists().where(
        vehicles.region == tasks.region,
        vehicles.id == tasks.vehicle_id,
        ~retired_condition(),
        *conditions,
    )


def last_step_at() -> ColumnElement[datetime]:
    """Return when the last thing happened to a task that is to be done."""
    tasks = table(Task).c
    return func.coalesce(tasks.started_at, tasks.assigned_at, tasks.created_at)


def is_open() -> ColumnElement[bool]:
    """Return the condition that nobody has started a task."""
    return table(Task).c.state == TaskState.OPEN.value


def is_free() -> ColumnElement[bool]:
    """Return the condition that nobody has a task that is to be done. It may be in progress, if the
    account of its assignee was deleted."""
    tasks = table(Task).c
    return and_(tasks.state.in_(OPEN_STATES), tasks.assignee_id.is_(None))


def is_assignee(staff_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a member of staff has a task."""
    return key_condition(table(Task), staff_key, "assignee_region", "assignee_id")


def assignee_values(staff_key: RowKey) -> dict[str, Any]:  # Any: of two types
    """Return the columns by which a member of staff has a task."""
    return {"assignee_region": staff_key.region, "assignee_id": staff_key.id}


def reset_values() -> dict[str, Any]:  # Any: of several types
    """Return the columns by which nobody has a task."""
    columns = ("assignee_region", "assignee_id", "assigned_at", "started_at")
    return {"state": TaskState.OPEN.value, **dict.fromkeys(columns, null())}
