"""Taking a report back, while nobody has acted on it."""

from uuid import UUID

from sqlalchemy import Select, delete, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.fleet.reports.queries import find_own_report
from webapp.translations import lazy_gettext as _l


class ReportNotWithdrawable(DomainError):
    """Staff have acted on a report, or it says that a vehicle is unsafe."""

    title = _l("Too late to take it back")
    message = _l("Our staff are looking into this report, so it can't be taken back any more.")


def withdraw_report(reporter_key: RowKey, report_key: RowKey) -> None:
    """Take a rider's report back, and delete its photos; idempotent.

    Raises NotFound, also for another's; ReportNotWithdrawable.
    """
    if execute_write(withdraw_report_statement(reporter_key, report_key), idempotent=True):
        return
    with check_outcome():
        report = find_own_report(reporter_key, report_key)
    if report.withdrawn_at is None:
        raise ReportNotWithdrawable


def withdraw_report_statement(reporter_key: RowKey, report_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that takes a report back, with its audit event. No row: it is not new
    any more, or not the rider's."""
    reports, photos = table(Report), table(ReportPhoto)
    withdrawn = (
        update(reports)
        .where(
            key_condition(reports, report_key),
            key_condition(reports, reporter_key, "reporter_region", "reporter_id"),
            reports.c.state == ReportState.NEW.value,
            reports.c.first_action_at.is_(None),
            ~reports.c.critical,
            ~reports.c.called_unsafe,
        )
        .values(state=ReportState.DISMISSED.value, withdrawn_at=func.now())
        .returning(reports.c.region, reports.c.id)
        .cte("withdrawn")
    )
    deleted_photos = (
        delete(photos)
        .where(photos.c.region == withdrawn.c.region, photos.c.report_id == withdrawn.c.id)
        .returning(photos.c.number)
        .cte("deleted_photos")
    )
    audit_event = audit_event_statement(
        AuditKind.REPORT_WITHDRAWN,
        actor=reporter_key,
        subject=audit_subject("report", report_key),
        after=withdrawn,
    )
    return select(withdrawn.c.id).add_cte(deleted_photos, as_cte(audit_event))
