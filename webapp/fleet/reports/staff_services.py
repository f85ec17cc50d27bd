"""What staff do with reports: take them on, answer them, put vehicles back in service."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, func, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.transactions import checking_outcome, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.labels import OPEN
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import has_critical_report
from webapp.web.security_headers import public_url


class ChangedByOthers(DomainError):
    title = _l("Somebody was faster")
    message = _l(
        "A colleague has changed this report since you opened it; what you sent is not saved."
        " Read first what it says now."
    )


@dataclass(frozen=True)
class Answer:
    """What staff do with a report."""

    state: ReportState
    #: What the reporter reads.
    words: str = ""
    #: Put the vehicle back in service, unless another report keeps it out.
    put_back: bool = False

    @property
    def is_last(self) -> bool:
        return self.state not in OPEN


def answer_report(report: Report, seen: str, given: Answer) -> None:
    """Take a report on, or answer it for good: then the reporter gets a mail.

    report: one of the cities of whoever answers, with its reporter.
    seen: the state in which they saw it.

    Raises ChangedByOthers when it is in another state by now.
    """
    statement = answering(report, seen, given)

    def work(session: Session) -> bool:
        answered = session.execute(statement).first() is not None
        if answered and given.is_last:
            _tell_reporter(session, report)
        return answered

    if not run_transaction(work, idempotent=True):
        with checking_outcome():
            _check_pressed_twice(report, given)


def answering(report: Report, seen: str, given: Answer) -> Any:
    """Return the statement that answers a report if it still is as it was seen."""
    answered = _answered(report, seen, given)
    about = audit_subject("report", report.key)
    audit_event = audit_event_statement(
        AuditKind.REPORT_ANSWERED, subject=about, after=answered, state=given.state.value
    )
    parts = [as_cte(audit_event)]
    if given.put_back and given.is_last:
        parts.append(_back(answered, report))
    return select(answered.c.id).add_cte(*parts)


def _answered(report: Report, seen: str, given: Answer) -> CTE:
    reports = table(Report)
    answered_at = {"answered_at": func.now()} if given.is_last else {}
    answered = (
        update(reports)
        .where(
            reports.c.region == report.region,
            reports.c.id == report.id,
            reports.c.state == seen,
            reports.c.state.in_(OPEN),
            reports.c.state != given.state.value,
        )
        .values(state=given.state.value, answer=given.words, **answered_at)
    )
    columns = (reports.c.region, reports.c.id, reports.c.vehicle_id)
    return answered.returning(*columns).cte("answered")


def _back(answered: CTE, report: Report) -> CTE:
    vehicles = table(Vehicle)
    kept_out = has_critical_report(vehicles.c.region, vehicles.c.id, besides=report.id)
    back = (
        update(vehicles)
        .where(
            vehicles.c.region == answered.c.region,
            vehicles.c.id == answered.c.vehicle_id,
            vehicles.c.state == VehicleState.NON_OPERATIONAL.value,
            ~kept_out,
        )
        .values(state=VehicleState.AVAILABLE.value)
    )
    return back.returning(vehicles.c.id).cte("back")


def _tell_reporter(session: Session, report: Report) -> None:
    if reporter := report.reporter:
        mail.send_after_commit(
            session,
            to=reporter.email,
            template="report_answered",
            name=reporter.first_name,
            link=public_url("fleet.reports.show", report_key=report.key),
        )


def _check_pressed_twice(report: Report, given: Answer) -> None:
    """If the report says just that, the button was pressed twice; else somebody else was there."""
    its = (Report.region == report.region, Report.id == report.id)
    says = db.session.execute(select(Report.state, Report.answer).where(*its)).one_or_none()
    if says is None or tuple(says) != (given.state, given.words):
        raise ChangedByOthers
