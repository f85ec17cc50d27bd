"""The reports of a city for the staff who answer them."""

from typing import Annotated, Any, ClassVar

from flask import Blueprint, abort, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, WithHeaders, operation, refer_to
from webapp.api.values import Body, Key, PageParameters, Reference, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.fleet.owner_and_staff_schemas import LINES, VehicleReport, report_values
from webapp.fleet.queues.assignment import AssigneeChanged, Assignment, NotStaffOfQueue
from webapp.fleet.reports import staff_services
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.models import MAX_ANSWER_LENGTH
from webapp.fleet.reports.queries import ReportFilter, find_report_for_staff, list_queue
from webapp.fleet.reports.staff_services import ReportAnswer, ReportChanged
from webapp.translations import gettext as _
from webapp.web.access import requires, requires_scope, staff_city_or_404
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

bp = Blueprint("api_staff_reports", __name__, url_prefix=f"{V1}/fleet/reports")


class ReportParameters(PageParameters):
    """Which reports of a city."""

    city: Annotated[str, Meta(description="Empty: the first where the account is staff.")] = ""
    state: Annotated[ReportState | None, Meta(description="Null: all that are open.")] = None
    kind: ReportKind | None = None


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
    tags: Annotated[list[str], Meta(description="Words by which staff sort reports.")]


@bp.get("")
@requires(Permission.ANSWER_REPORTS)
@requires_scope(Scope.FLEET_READ)
@operation(list[QueuedReport], query=ReportParameters, is_paged=True, problems=(NotFound,))
def index(query: ReportParameters) -> Page[QueuedReport]:
    """List the reports of a city: the open ones, what is due first; or closed ones, the newest
    first."""
    city = staff_city_or_404(query.city, Permission.ANSWER_REPORTS)
    states = (query.state,) if query.state else OPEN_STATES
    page, _times = list_queue(city, ReportFilter(states, query.kind), read_time_cursor(query.after))
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
        tags=report.tags,
    )


class ReportReply(Body):
    """The answer to a report, which closes it."""

    SCHEMA_RULES: ClassVar[dict[str, Any]] = {
        "not": {"properties": {"state": {"enum": [state.value for state in OPEN_STATES]}}}
    }

    state: Annotated[ReportState, Meta(description="resolved or dismissed.")]
    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_ANSWER_LENGTH,
            pattern=LINES,
            description="What the reporter reads.",
        ),
    ]
    seen_state: Annotated[
        ReportState, Meta(description="As it was read: if a colleague has changed it, 409.")
    ]
    returns_to_service: Annotated[
        bool, Meta(description="Whether the vehicle is in service again, if nothing else forbids.")
    ] = False

    def __post_init__(self) -> None:
        if self.state in OPEN_STATES:
            raise ValueError(_("A report is closed as resolved or as dismissed."))


@bp.post("/<key:report_key>/take")
@requires(Permission.ANSWER_REPORTS)
@requires_scope(Scope.FLEET_WRITE)
@operation(Reference, problems=(NotFound, AssigneeChanged, NotStaffOfQueue), is_repeatable=True)
def take(report_key: RowKey) -> WithHeaders:
    """Take on a report that nobody looks after."""
    report = find_report_for_staff(current_user, report_key).report
    if report.assignee_key != current_user.key:
        staff_services.assign_report(report, Assignment(None, current_user.username))
    return _refer(report_key)


@bp.post("/<key:report_key>/answer")
@requires(Permission.ANSWER_REPORTS)
@requires_scope(Scope.FLEET_WRITE)
@operation(
    Reference,
    body=ReportReply,
    body_example=ReportReply(
        state=ReportState.RESOLVED, text="It is mended.", seen_state=ReportState.IN_PROGRESS
    ),
    problems=(NotFound, ReportChanged),
    is_repeatable=True,
)
def answer(report_key: RowKey, body: ReportReply) -> WithHeaders:
    """Answer a report and close it: the reporter gets a mail."""
    found = find_report_for_staff(current_user, report_key)
    if body.returns_to_service and not found.may_change_vehicle:
        abort(403)
    reply = ReportAnswer(body.state, body.text, body.returns_to_service)
    staff_services.answer_report(found.report, body.seen_state, reply)
    return _refer(report_key)


def _refer(report_key: RowKey) -> WithHeaders:
    return refer_to(report_key, url_for(".show", report_key=report_key))
