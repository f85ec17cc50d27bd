"""Tasks in the personal data export of the staff who did or made them, with numbers of photos."""

from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.fleet.tasks.models import Task, TaskPart, TaskPhoto
from webapp.personal_data import Conditions, ExportSection, Row
from webapp.translations import lazy_gettext as _l


def _task_conditions(user_key: RowKey) -> list[Conditions]:
    is_assignee = key_condition(Task, user_key, "assignee_region", "assignee_id")
    is_creator = key_condition(Task, user_key, "creator_region", "creator_id")
    is_of_others = or_(Task.assignee_id.is_(None), Task.assignee_id != user_key.id)
    return [[is_assignee], [is_creator, is_of_others]]


def _redact_task(user_key: RowKey, row: Row) -> Row:
    """Keep what the person wrote, and no words of others."""
    if row["creator_id"] != user_key.id:
        row["note"] = None
    if row["assignee_id"] != user_key.id:
        row |= {"outcome_note": None, "minutes": None}
    return row


def _part_conditions(user_key: RowKey) -> list[Conditions]:
    return [[tuple_(TaskPart.region, TaskPart.task_id).in_(_done_tasks(user_key))]]


def _photo_conditions(user_key: RowKey) -> list[Conditions]:
    return [[tuple_(TaskPhoto.region, TaskPhoto.task_id).in_(_done_tasks(user_key))]]


def _done_tasks(user_key: RowKey) -> Select[tuple[str, UUID]]:
    return select(Task.region, Task.id).where(
        key_condition(Task, user_key, "assignee_region", "assignee_id")
    )


EXPORT_SECTIONS = [
    ExportSection(
        name="tasks",
        label=_l("Your tasks as staff"),
        model=Task,
        columns=(
            "region", "id", "city", "vehicle_id", "kind", "custom_kind", "priority", "state",
            "source", "trigger", "report_id", "note", "created_at", "assigned_at", "started_at",
            "closed_at", "outcome_note", "minutes",
        ),
        conditions=_task_conditions,
        order=("created_at", "id"),
        redact=_redact_task,
        redact_columns=("assignee_id", "creator_id"),
    ),
    ExportSection(
        name="task-parts",
        label=_l("Parts that you used for tasks"),
        model=TaskPart,
        columns=("region", "task_id", "number", "name", "count", "cost", "currency"),
        conditions=_part_conditions,
        order=("task_id", "number"),
    ),
    ExportSection(
        name="task-photos",
        label=_l("Photos of your tasks"),
        model=TaskPhoto,
        columns=("region", "task_id", "number"),
        conditions=_photo_conditions,
        order=("task_id", "number"),
    ),
]  # fmt: skip
