"""The tasks of vehicles that leave the fleet for good."""

from sqlalchemy import CTE, func, select, update

from webapp.audit.changes import RecordedChange, values_object
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement, audit_subject, cte_key
from webapp.db.types import table
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.statements import recorded_columns
from webapp.hooks import StatementPart


def cancel_tasks_part(retired: CTE) -> StatementPart:
    """Return the part of a statement that cancels the open tasks of vehicles; the hook
    ``retirement_parts``. It is a change of its own: what an assignee sends again is refused."""
    tasks = table(Task)
    cancelled_tasks = (
        update(tasks)
        .where(
            tasks.c.region == retired.c.region,
            tasks.c.vehicle_id == retired.c.id,
            tasks.c.state.in_(OPEN_STATES),
        )
        .values(
            state=TaskState.CANCELLED.value,
            closed_at=func.now(),
            last_change_id=func.gen_random_uuid(),
        )
        .returning(tasks.c.region, tasks.c.id, tasks.c.city, *recorded_columns())
        .cte("cancelled_tasks")
    )
    old_tasks = select(tasks.c.region, tasks.c.id, *recorded_columns()).subquery("old_tasks")
    is_task = (
        old_tasks.c.region == cancelled_tasks.c.region,
        old_tasks.c.id == cancelled_tasks.c.id,
    )
    names = [column.name for column in recorded_columns()]
    before = select(values_object(old_tasks, *names)).where(*is_task).scalar_subquery()
    audit_event = audit_event_statement(
        AuditKind.TASK_CANCELLED,
        subject=audit_subject("task", cte_key(cancelled_tasks)),
        after=cancelled_tasks,
        for_each=cancelled_tasks.c.id,
        region=cancelled_tasks.c.region,
        city=cancelled_tasks.c.city,
        change=RecordedChange(before, values_object(cancelled_tasks, *names)),
    )
    return StatementPart(cancelled_tasks, audit_event)
