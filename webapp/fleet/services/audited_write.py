"""Changes of vehicles with their audit events."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey


def audited_write_statement(
    write: ReturningInsert[tuple[UUID]] | ReturningUpdate[tuple[UUID]],
    kind: AuditKind,
    owner_key: RowKey,
    vehicle_key: RowKey,
) -> Select[tuple[UUID]]:
    """Return the write, which returns the vehicle's id, with its audit event as one statement.

    The event is written only if the write changes a row. The statement returns the vehicle's id.
    """
    changed = write.cte("changed_vehicle")
    audit_event = audit_event_statement(
        kind, actor=owner_key, subject=audit_subject("vehicle", vehicle_key), after=changed
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))
