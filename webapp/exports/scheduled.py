"""Saving scheduled exports, ending and listing them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.sql.dml import ReturningDelete

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.exports.columns import ExportTable
from webapp.exports.enums import ExportPeriod
from webapp.exports.models import ScheduledExport
from webapp.exports.periods import find_next_due
from webapp.extensions import db
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l

#: Of one account.
MAX_SCHEDULED = 20


class TooManyScheduled(DomainError):
    message = _l("You have %(max)d scheduled exports. End one of them first.", max=MAX_SCHEDULED)


def schedule_export(
    user_key: RowKey,
    exported: ExportTable[Any],
    city: City,
    filters: Mapping[str, str],
    period: ExportPeriod,
    now: datetime,
) -> None:
    """Save an export whose link is sent again and again. Any: of any rows.

    filters: as in the address, without days.
    Raises TooManyScheduled.
    """
    due_at = find_next_due(period, now, city.zone)
    values = {
        "table_name": exported.name.value,
        "city": city.name,
        "filters": dict(filters),
        "period": period.value,
        "due_at": due_at,
    }
    if not execute_write(schedule_statement(user_key, values)):
        raise TooManyScheduled


def schedule_statement(user_key: RowKey, values: Mapping[str, Any]) -> Select[tuple[UUID]]:
    """Return the statement that saves a scheduled export with its audit event. It returns the id;
    no row if the account has too many, or has ended. (Any: of columns)"""
    rows = table(ScheduledExport)
    number = (
        select(func.count())
        .select_from(rows)
        .where(key_condition(rows, user_key, id="user_id"))
        .scalar_subquery()
    )
    may_save = and_(is_account_open_condition(user_key), number < MAX_SCHEDULED)
    saved = (
        insert_if(may_save, rows, region=user_key.region, id=uuid4(), user_id=user_key.id, **values)
        .returning(rows.c.id)
        .cte("saved")
    )
    audit_event = account_event_statement(
        AuditKind.EXPORT_SCHEDULED,
        user_key,
        after=saved,
        table=values["table_name"],
        city=values["city"],
        period=values["period"],
    )
    return select(saved.c.id).add_cte(as_cte(audit_event))


def end_scheduled_export(user_key: RowKey, export_id: UUID) -> None:
    """End a scheduled export of an account; another's, or one that has ended, is left alone."""
    execute_write(end_statement(user_key, export_id), idempotent=True)


def end_statement(user_key: RowKey, export_id: UUID) -> Select[tuple[UUID]]:
    """Return the statement that deletes a scheduled export with its audit event."""
    ended = _delete_statement(user_key, export_id).cte("ended")
    audit_event = account_event_statement(AuditKind.EXPORT_UNSCHEDULED, user_key, after=ended)
    return select(ended.c.id).add_cte(as_cte(audit_event))


def _delete_statement(user_key: RowKey, export_id: UUID) -> ReturningDelete[tuple[UUID]]:
    rows = table(ScheduledExport)
    is_own = key_condition(rows, user_key, id="user_id")
    return delete(rows).where(is_own, rows.c.id == export_id).returning(rows.c.id)


def list_scheduled_exports(user_key: RowKey) -> Sequence[ScheduledExport]:
    """Return the scheduled exports of an account, the newest first: ``MAX_SCHEDULED`` at most."""
    row = ScheduledExport
    query = select(row).where(key_condition(row, user_key, id="user_id"))
    return db.session.scalars(query.order_by(row.created_at.desc(), row.id)).all()
