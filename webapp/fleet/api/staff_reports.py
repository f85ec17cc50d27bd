"""The reports of a city for the staff who answer them."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Body, Key, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.db.paging import Page, time_cursor
from webapp.fleet.api.fleet_schemas import VehicleReport, report_values
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.queries import ReportFilter, find_report_for_staff, list_queue
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

bp = Blueprint("api_staff_reports", __name__, url_prefix=f"{V1}/fleet/reports")


class ReportsQuery(Body):
    """Which reports of a city."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    state: Annotated[ReportState | None, Meta(description="Null: all that are open.")] = None
    kind: ReportKind | None = None
    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class QueuedReport(VehicleReport):
    """A report in the queue."""

    vehicle_id: Key
    assignee: Annotated[str | None, Meta(description="The username of who looks after it.")]
    due_at: Annotated[Timestamp, Meta(description="Of one that is closed: when it was filed.")]
    is_overdue: bool


class StaffReport(VehicleReport):
    """A report for staff."""

    city: str
    vehicle_id: Key
    assignee: Annotated[str | None, Meta(description="The username of who looks after it.")]
    reporter: Annotated[
        str | None, Meta(description="A username, for those who may see persons; null else.")
    ]
    answer: Annotated[str, Meta(description="What the reporter reads.")]
    answered_at: Timestamp | None
    photo_count: int


@bp.get("")
@requires(Permission.ANSWER_REPORTS)
@requires_scope(Scope.FLEET_READ)
@operation(list[QueuedReport], query=ReportsQuery, is_paged=True)
def index(query: ReportsQuery) -> Page[QueuedReport]:
    """List the reports of a city: the open ones, what is due first; or closed ones, the newest
    first."""
    city = staff_city_or_404(query.city, Permission.ANSWER_REPORTS)
    states = (query.state,) if query.state else OPEN_STATES
    page, _times = list_queue(city, ReportFilter(states, query.kind), time_cursor(query.after))
    reports = [
        QueuedReport(
            **report_values(row.report),
            vehicle_id=str(row.report.vehicle.key),
            assignee=row.report.assignee.username if row.report.assignee else None,
            due_at=in_utc(row.due_at),
            is_overdue=row.is_overdue,
        )
        for row in page.rows
    ]
    return Page(reports, page.after)


@bp.get("/<key:report_key>")
@requires(Permission.ANSWER_REPORTS)
@requires_scope(Scope.FLEET_READ)
@operation(StaffReport)
def show(report_key: RowKey) -> StaffReport:
    """Show a report to staff of its city."""
    found = find_report_for_staff(current_user, report_key)
    report, reporter = found.report, found.shown_reporter
    return StaffReport(
        **report_values(report),
        city=report.city,
        vehicle_id=str(report.vehicle.key),
        assignee=report.assignee.username if report.assignee else None,
        reporter=reporter.username if reporter else None,
        answer=report.answer,
        answered_at=in_utc(report.answered_at),
        photo_count=len(report.photos),
    )
