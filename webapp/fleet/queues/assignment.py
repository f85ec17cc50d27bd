"""Who looks after a report or a dispute: one conditional statement assigns it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Table, func, select, update

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.models import User
from webapp.auth.staff import staff_query
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


class AssigneeChanged(DomainError):
    title = _l("Someone was faster")
    message = _l(
        "A colleague has assigned or answered this since you opened it, so nothing was changed."
        " Check it and try again."
    )


class NotStaffOfQueue(DomainError):
    status = 422
    field = "username"
    message = _l("There is no colleague with this username who answers here.")


@dataclass(frozen=True)
class Assignment:
    """Whom staff assign something to."""

    #: Who had it on the page of the member of staff; None: nobody.
    seen: RowKey | None
    #: The username of who gets it; '': nobody.
    username: str


@dataclass(frozen=True)
class QueuedRow:
    """One row of a queue, and what is recorded when it is assigned."""

    rows: Table
    #: The row, if it still waits for staff.
    condition: ColumnElement[bool]
    permission: Permission
    kind: AuditKind
    #: Of the audit event.
    subject: str | ColumnElement[str]
    city_name: str
    id_column: ColumnElement[UUID]
    #: Other columns that change together with the assignee. Any: of several types.
    values: Mapping[str, Any]


def assign_statement(row: QueuedRow, assignment: Assignment) -> Select[tuple[UUID]]:
    """Return the statement that assigns a row of a queue, with its audit event. Giving it to nobody
    is no first action on it. No row: somebody else has it by now, it waits no longer, or there is
    no such colleague."""
    seen_region, seen_id = assignment.seen or (None, None)
    columns = row.rows.c
    conditions = [
        row.condition,
        columns.assignee_region.is_not_distinct_from(seen_region),
        columns.assignee_id.is_not_distinct_from(seen_id),
    ]
    values = dict(row.values)
    if assignment.username:
        colleague = _find_colleague_cte(row, assignment.username)
        conditions.append(select(colleague.c.id).exists())
        values |= {
            "assignee_region": select(colleague.c.region).scalar_subquery(),
            "assignee_id": select(colleague.c.id).scalar_subquery(),
            "first_action_at": func.coalesce(columns.first_action_at, func.now()),
        }
    else:
        values |= {"assignee_region": None, "assignee_id": None}
    updated = update(row.rows).where(*conditions).values(values)
    assigned = updated.returning(columns.region, row.id_column.label("id")).cte("assigned")
    audit_event = audit_event_statement(
        row.kind,
        subject=row.subject,
        after=assigned,
        region=assigned.c.region,
        city=row.city_name,
        change=RecordedChange(
            {"is_assigned": assignment.seen is not None},
            {"is_assigned": bool(assignment.username)},
        ),
    )
    return select(assigned.c.id).add_cte(as_cte(audit_event))


def _find_colleague_cte(row: QueuedRow, username: str) -> CTE:
    """Return the account of this username, if it may answer in the city of the row."""
    users = table(User).c
    query = staff_query(row.permission, row.city_name, users.region, users.id)
    return query.where(users.username == username.lower()).limit(1).cte("colleague")


def find_refusal(
    assignee: User | None, assignment: Assignment, *, is_waiting: bool
) -> DomainError | None:
    """Return why a row was not assigned; None: it has this assignee already, as when a button is
    pressed twice.

    assignee: who has it now.
    is_waiting: whether it still waits for staff.
    """
    if (assignee.username if assignee else "") == assignment.username.lower() and is_waiting:
        return None
    is_as_seen = is_waiting and (assignee.key if assignee else None) == assignment.seen
    return NotStaffOfQueue() if is_as_seen else AssigneeChanged()
