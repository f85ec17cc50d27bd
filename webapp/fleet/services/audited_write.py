"""Changes of vehicles with their audit events."""

from uuid import UUID

from sqlalchemy import CTE, Select, select

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey


def audited_write_statement(
    changed: CTE,
    kind: AuditKind,
    owner_key: RowKey,
    vehicle_key: RowKey,
    *others: Insert,
    change: RecordedChange | None = None,
) -> Select[tuple[UUID]]:
    """Return the statement that writes a vehicle and its audit event.

    changed: the write, which returns the vehicle's id. The audit event is written only if it
        changes a row. The statement returns the id.
    others: audit events of other parts of the statement.
    change: the values before and after.
    """
    audit_event = audit_event_statement(
        kind,
        actor=owner_key,
        subject=audit_subject("vehicle", vehicle_key),
        after=changed,
        change=change,
    )
    return select(changed.c.id).add_cte(as_cte(audit_event, *others))
