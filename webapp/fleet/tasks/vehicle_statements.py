"""The transitions of tasks that act on their vehicle, too, in the same statement: starting one, and
finishing one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Select, and_, func, literal, or_, select, true, union_all

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte
from webapp.db.inserts import insert
from webapp.db.keys import key_condition
from webapp.db.types import table
from webapp.extensions import Base
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import TaskState
from webapp.fleet.tasks.models import Task, TaskPart, TaskPhoto
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.statements import (
    Changed,
    assignee_values,
    has_vehicle,
    is_assignee,
    is_free,
    is_open,
    last_step_at,
    make_transition_parts,
)
from webapp.fleet.tasks.vehicle_changes import (
    VehicleChange,
    choose_vehicle_change,
    make_start_change,
)
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.statements import ActionParts, make_action_parts


def start_task_statement(task: Task, change: TaskChange) -> Changed:
    """Return the statement by which staff start a task that is theirs or nobody's, unless somebody
    rides the vehicle. The vehicle is out of service then, until staff say otherwise."""
    tasks, is_idle = table(Task).c, table(Vehicle).c.state != VehicleState.ON_TRIP.value
    is_own = and_(is_open(), is_assignee(change.staff_key))
    condition = and_(or_(is_own, is_free()), has_vehicle(is_idle))
    values = {
        **assignee_values(change.staff_key),
        "state": TaskState.IN_PROGRESS.value,
        "assigned_at": func.coalesce(tasks.assigned_at, change.time_after(tasks.created_at)),
        "started_at": change.time_after(func.coalesce(tasks.assigned_at, tasks.created_at)),
    }
    changed, audit_event = make_transition_parts(
        AuditKind.TASK_STARTED, task.key, change, condition, values
    )
    parts = _act_on_vehicle(changed, task, change, make_start_change(task))
    return select(changed.c.id).add_cte(
        *parts.follow_up_ctes, as_cte(audit_event, *parts.audit_events)
    )


def finish_task_statement(
    task: Task, change: TaskChange, outcome: TaskOutcome
) -> Select[tuple[str]]:
    """Return the statement by which the assignee finishes a task that was started. It stores the
    parts and the photos, and acts on the vehicle. It returns the state of the vehicle then.

    task: with its vehicle.
    """
    is_in_progress = table(Task).c.state == TaskState.IN_PROGRESS.value
    values = {
        "state": TaskState.DONE.value,
        "closed_at": change.time_after(last_step_at()),
        "outcome_note": outcome.note,
        "minutes": outcome.minutes,
    }
    changed, audit_event = make_transition_parts(
        AuditKind.TASK_DONE,
        task.key,
        change,
        and_(is_in_progress, is_assignee(change.staff_key)),
        values,
    )
    rows = _insert_outcome_ctes(changed, outcome)
    vehicles = table(Vehicle)
    states = select(vehicles.c.state).join_from(
        changed, vehicles, key_condition(vehicles, task.vehicle_key)
    )
    vehicle_change = choose_vehicle_change(task, outcome)
    if vehicle_change is None:
        return states.add_cte(*rows, as_cte(audit_event))
    parts = _act_on_vehicle(changed, task, change, vehicle_change)
    state = func.coalesce(parts.changed.c.state, vehicles.c.state).label("state")
    audit_events = as_cte(audit_event, *parts.audit_events)
    return (
        states.with_only_columns(state)
        .outerjoin(parts.changed, true())
        .add_cte(*rows, *parts.follow_up_ctes, audit_events)
    )


def _act_on_vehicle(
    changed: CTE, task: Task, change: TaskChange, vehicle_change: VehicleChange
) -> ActionParts:
    """Return the parts of a statement that act on the vehicle of a task that it changes."""
    is_changed = select(literal(1)).select_from(changed).exists()
    is_vehicle = and_(key_condition(table(Vehicle), task.vehicle_key), is_changed)
    details = ActionDetails(action_id=change.id)
    action, rule = vehicle_change
    return make_action_parts(action, rule, details, change.staff_key, is_vehicle)


def _insert_outcome_ctes(changed: CTE, outcome: TaskOutcome) -> list[CTE]:
    parts = [{"currency": outcome.currency, **vars(part)} for part in outcome.parts]
    photos = [{"content": content} for content in outcome.photos]
    models: list[tuple[type[Base], Sequence[Mapping[str, Any]]]] = [  # Any: of several types
        (TaskPart, parts),
        (TaskPhoto, photos),
    ]
    return [_insert_rows_cte(changed, model, rows) for model, rows in models if rows]


def _insert_rows_cte(changed: CTE, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> CTE:
    """Return the part of a statement that inserts the numbered rows of a task. Any: of several
    types."""
    target = table(model)
    queries = [
        select(
            changed.c.region,
            changed.c.id,
            literal(number, target.c.number.type),
            *(literal(value, target.c[name].type) for name, value in row.items()),
        )
        for number, row in enumerate(rows, 1)
    ]
    names = ["region", "task_id", "number", *rows[0]]
    inserted = insert(target).from_select(names, union_all(*queries))
    return inserted.returning(target.c.number).cte(f"inserted_{target.name}")
