"""The transitions of tasks: each is one conditional statement that decides, acts and writes its
audit event. Without a row it was not possible, or the act was done already (``last_act_id``)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import RoleGrant, User
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import Base
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.tasks.acts import Act
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import Task, TaskPart, TaskPhoto
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.web.roles import Permission, roles_with

#: The vehicle of the task, and the kind.
Changed = Select[tuple[UUID, str]]


def take_task_statement(task_key: RowKey, act: Act) -> Changed:
    """Return the statement by which staff take a task that nobody has."""
    values = {**_assignee_values(act.staff_key), "assigned_at": act.time_column}
    is_free = and_(_is_open(), _has_no_assignee(), _has_vehicle())
    return _transition_statement(AuditKind.TASK_TAKEN, task_key, act, is_free, values)


def release_task_statement(task_key: RowKey, act: Act) -> Changed:
    """Return the statement by which the assignee gives a task back. Its vehicle stays as it is."""
    is_own = and_(table(Task).c.state.in_(OPEN_STATES), _is_assignee(act.staff_key))
    return _transition_statement(AuditKind.TASK_RELEASED, task_key, act, is_own, _reset_values())


def start_task_statement(task_key: RowKey, act: Act) -> Changed:
    """Return the statement by which staff start a task that is theirs or nobody's, unless somebody
    rides the vehicle."""
    tasks = table(Task).c
    is_idle = _has_vehicle(table(Vehicle).c.state != VehicleState.ON_TRIP.value)
    is_free = and_(_is_open(), or_(_is_assignee(act.staff_key), _has_no_assignee()), is_idle)
    values = {
        **_assignee_values(act.staff_key),
        "state": TaskState.IN_PROGRESS.value,
        "assigned_at": func.coalesce(tasks.assigned_at, act.time_column),
        "started_at": act.time_column,
    }
    return _transition_statement(AuditKind.TASK_STARTED, task_key, act, is_free, values)


def finish_task_statement(task_key: RowKey, act: Act, outcome: TaskOutcome) -> Changed:
    """Return the statement by which the assignee finishes a task that was started. It stores the
    parts and the photos, too."""
    is_in_progress = table(Task).c.state == TaskState.IN_PROGRESS.value
    values = {
        "state": TaskState.DONE.value,
        "closed_at": act.time_column,
        "outcome_note": outcome.note,
        "minutes": outcome.minutes,
    }
    condition = and_(is_in_progress, _is_assignee(act.staff_key))
    parts = [
        {"number": number, "currency": outcome.currency, **vars(part)}
        for number, part in enumerate(outcome.parts, 1)
    ]
    photos = [
        {"number": number, "content": content} for number, content in enumerate(outcome.photos, 1)
    ]
    return _transition_statement(
        AuditKind.TASK_DONE, task_key, act, condition, values, {TaskPart: parts, TaskPhoto: photos}
    )


def cancel_task_statement(task_key: RowKey, act: Act) -> Changed:
    """Return the statement by which a planner cancels a task that is to be done."""
    is_open = table(Task).c.state.in_(OPEN_STATES)
    values = {"state": TaskState.CANCELLED.value, "closed_at": func.now()}
    return _transition_statement(AuditKind.TASK_CANCELLED, task_key, act, is_open, values)


def assign_task_statement(
    task_key: RowKey, act: Act, seen: RowKey | None, assignee: RowKey | None
) -> Changed:
    """Return the statement by which a planner assigns a task to staff of its city, or to nobody. It
    is open then, also if somebody had started it.

    seen: who had it on the page of the planner.
    """
    tasks = table(Task).c
    region, id_ = seen or (None, None)
    is_as_seen = and_(
        tasks.state.in_(OPEN_STATES),
        tasks.assignee_region.is_not_distinct_from(region),
        tasks.assignee_id.is_not_distinct_from(id_),
    )
    values = _reset_values()
    condition = is_as_seen
    if assignee:
        values |= {**_assignee_values(assignee), "assigned_at": func.now()}
        condition = and_(is_as_seen, works_on_tasks_condition(assignee, tasks.city))
    return _transition_statement(AuditKind.TASK_ASSIGNED, task_key, act, condition, values)


def works_on_tasks_condition(
    staff_key: RowKey, city_name: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that an account works on the tasks of a city."""
    return (
        select(User.id)
        .join(RoleGrant, key_condition(RoleGrant, staff_key, id="user_id"))
        .where(key_condition(User, staff_key), *worker_conditions(city_name))
        .exists()
    )


def worker_conditions(city_name: ColumnElement[str] | str) -> list[ColumnElement[bool]]:
    """Return the conditions for grants and their accounts of those who work on the tasks of a
    city."""
    return [
        RoleGrant.role.in_(roles_with(Permission.WORK_ON_TASKS)),
        or_(RoleGrant.cities.is_(None), RoleGrant.cities.any(city_name)),  # type: ignore[arg-type]
        User.disabled_at.is_(None),
        User.deleted_at.is_(None),
    ]


def _transition_statement(
    kind: AuditKind,
    task_key: RowKey,
    act: Act,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],  # Any: of several types, and SQL
    rows: Mapping[type[Base], Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> Changed:
    """Return the statement of a transition. rows: of other tables, which belong to the task."""
    tasks = table(Task)
    changed = (
        update(tasks)
        .where(
            key_condition(tasks, task_key),
            act.city_condition,
            condition,
            tasks.c.last_act_id.is_distinct_from(act.id),
        )
        .values(last_act_id=act.id, **values)
        .returning(tasks.c.region, tasks.c.id, tasks.c.vehicle_id, tasks.c.kind)
        .cte("changed_task")
    )
    audit_event = audit_event_statement(
        kind,
        actor=act.staff_key,
        subject=audit_subject("task", task_key),
        after=changed,
        region=task_key.region,
    )
    inserted = [_insert_cte(changed, model, values) for model, values in rows.items() if values]
    return select(changed.c.vehicle_id, changed.c.kind).add_cte(as_cte(audit_event), *inserted)


def _insert_cte(changed: CTE, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> CTE:
    """Return the part of a statement that inserts rows of a task. Any: of several types."""
    target = table(model)
    queries = [
        select(
            changed.c.region,
            changed.c.id,
            *(literal(value, target.c[name].type) for name, value in row.items()),
        )
        for row in rows
    ]
    inserted = insert(target).from_select(["region", "task_id", *rows[0]], union_all(*queries))
    return inserted.returning(target.c.number).cte(f"inserted_{target.name}")


def _has_vehicle(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the vehicle of a task is in the fleet, and meets others."""
    tasks, vehicles = table(Task).c, table(Vehicle).c
    return exists().where(
        vehicles.region == tasks.region,
        vehicles.id == tasks.vehicle_id,
        ~retired_condition(),
        *conditions,
    )


def _is_open() -> ColumnElement[bool]:
    return table(Task).c.state == TaskState.OPEN.value


def _has_no_assignee() -> ColumnElement[bool]:
    return table(Task).c.assignee_id.is_(None)


def _is_assignee(staff_key: RowKey) -> ColumnElement[bool]:
    return key_condition(table(Task), staff_key, "assignee_region", "assignee_id")


def _assignee_values(staff_key: RowKey) -> dict[str, Any]:  # Any: of two types
    return {"assignee_region": staff_key.region, "assignee_id": staff_key.id}


def _reset_values() -> dict[str, Any]:  # Any: of several types
    columns = ("assignee_region", "assignee_id", "assigned_at", "started_at")
    return {"state": TaskState.OPEN.value, **dict.fromkeys(columns, null())}
