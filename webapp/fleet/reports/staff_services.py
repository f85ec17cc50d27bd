"""What staff do with reports: take them on, answer them, return vehicles to service.

What reporters do is in ``services``.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CTE, Select, and_, func, select, update
from sqlalchemy.orm import Session, joinedload

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    as_cte,
    audit_event_statement,
    audit_subject,
    find_signed_in_account,
)
from webapp.db.keys import key_condition
from webapp.db.transactions import check_outcome, execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queues.assignment import Assignment, QueuedRow, assign_statement, find_refusal
from webapp.fleet.reports.enums import OPEN_STATES, ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.tasks.models import task_in_progress_condition
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RETURNED_TO_SERVICE
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.mail import mail_statement
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission
from webapp.web.urls import public_url


class ReportChanged(DomainError):
    title = _l("Someone was faster")
    message = _l(
        "A colleague has changed this report since you opened it, so your changes were not saved."
        " Check the report and try again."
    )


@dataclass(frozen=True)
class ReportAnswer:
    """What staff do with a report."""

    state: ReportState
    #: What the reporter reads.
    text: str = ""
    #: Return the vehicle to service, unless another critical report is open.
    returns_to_service: bool = False

    @property
    def is_final(self) -> bool:
        return self.state not in OPEN_STATES


def answer_report(report: Report, seen_state: str, answer: ReportAnswer) -> None:
    """Take a report on, or give the final answer: then the reporter gets a mail.

    report: with its reporter loaded; of a city of the staff member.
    seen_state: the state on the page from which staff answer.

    Raises ReportChanged when it is in another state by now.
    """
    statement = answer_report_statement(report, seen_state, answer)

    def work(session: Session) -> bool:
        is_answered = session.execute(statement).first() is not None
        if is_answered and answer.is_final:
            _mail_reporter(session, report)
        return is_answered

    if not run_transaction(work, idempotent=True):
        with check_outcome():
            _check_has_answer(report, answer)


def assign_report(report: Report, assignment: Assignment) -> None:
    """Assign an open report to a colleague, or to nobody.

    report: of a city of the staff member.

    Raises AssigneeChanged, NotStaffOfQueue.
    """
    reports = table(Report)
    row = QueuedRow(
        reports,
        condition=and_(key_condition(reports, report.key), reports.c.state.in_(OPEN_STATES)),
        permission=Permission.ANSWER_REPORTS,
        kind=AuditKind.REPORT_ASSIGNED,
        subject=audit_subject("report", report.key),
        city_name=report.city,
        id_column=reports.c.id,
        values={"state": ReportState.IN_PROGRESS.value} if assignment.username else {},
    )
    if execute_write(assign_statement(row, assignment), idempotent=True):
        return
    with check_outcome():
        query = select(Report).where(key_condition(Report, report.key))
        query = query.options(joinedload(Report.assignee).lazyload("*"))
        current = db.session.scalars(query.execution_options(populate_existing=True)).one()
        is_waiting = current.state in OPEN_STATES
        if refusal := find_refusal(current.assignee, assignment, is_waiting=is_waiting):
            raise refusal


def answer_report_statement(
    report: Report, seen_state: str, answer: ReportAnswer
) -> Select[tuple[UUID]]:
    """Return the statement that answers a report with its audit event. No row: it is not in the
    state ``seen_state`` any more."""
    answered = _update_report_cte(report, seen_state, answer)
    audit_event = audit_event_statement(
        AuditKind.REPORT_ANSWERED,
        subject=audit_subject("report", report.key),
        after=answered,
        region=report.region,
        city=report.city,
        change=RecordedChange({"state": seen_state}, {"state": answer.state.value}),
        state=answer.state.value,
    )
    parts = [as_cte(audit_event)]
    if answer.returns_to_service and answer.is_final:
        enabled = _return_to_service_cte(answered, report)
        staff_key, action = find_signed_in_account(), VehicleAction.RETURN_TO_SERVICE
        origin = EventOrigin(EventCause.STAFF, staff_key, action=action)
        parts += [enabled, vehicle_events_cte(RETURNED_TO_SERVICE, enabled, origin)]
    return select(answered.c.id).add_cte(*parts)


def _update_report_cte(report: Report, seen_state: str, answer: ReportAnswer) -> CTE:
    reports = table(Report)
    answered_at = {"answered_at": func.now()} if answer.is_final else {}
    updated = (
        update(reports)
        .where(
            key_condition(reports, report.key),
            reports.c.state == seen_state,
            reports.c.state.in_(OPEN_STATES),
            reports.c.state != answer.state.value,
        )
        .values(
            state=answer.state.value,
            answer=answer.text,
            first_action_at=func.coalesce(reports.c.first_action_at, func.now()),
            **answered_at,
        )
    )
    columns = (reports.c.region, reports.c.id, reports.c.vehicle_id)
    return updated.returning(*columns).cte("answered_report")


def _return_to_service_cte(answered: CTE, report: Report) -> CTE:
    vehicles = table(Vehicle)
    has_other_report = critical_report_condition(
        vehicles.c.region, vehicles.c.id, except_report_id=report.id
    )
    updated = (
        change_state_statement(RETURNED_TO_SERVICE, VehicleState.AVAILABLE)
        .where(vehicles.c.region == answered.c.region, vehicles.c.id == answered.c.vehicle_id)
        .where(~has_other_report)
        .where(~task_in_progress_condition(vehicles.c.region, vehicles.c.id))
    )
    return updated.returning(*returned_columns()).cte("vehicle_in_service")


def _mail_reporter(session: Session, report: Report) -> None:
    if reporter := report.reporter:
        notice = mail_statement(
            "report_answered",
            reporter.recipient,
            region=report.region,
            link=public_url("fleet.reports.show", report_key=report.key),
        )
        session.execute(notice)


def _check_has_answer(report: Report, answer: ReportAnswer) -> None:
    """Raise ReportChanged unless the report has this answer, sent twice by the same button."""
    query = select(Report.state, Report.answer).where(key_condition(Report, report.key))
    row = db.session.execute(query).one_or_none()
    if row is None or tuple(row) != (answer.state, answer.text):
        raise ReportChanged
