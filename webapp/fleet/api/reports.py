"""Reports about vehicles, for their reporter, in the API."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Key, Timestamp, in_utc
from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import Page, time_cursor
from webapp.fleet import models as fleet_models
from webapp.fleet.labels import type_label
from webapp.fleet.queries.vehicles import VehicleNotFound, find_public_vehicle
from webapp.fleet.reports import models, queries, services
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.forms import ReportForm
from webapp.web.access import requires_scope
from webapp.web.languages import browser_language
from webapp.web.scopes import Scope

bp = Blueprint("api_reports", __name__, url_prefix=V1)


class NewReport(Body):
    """What is wrong with a vehicle. Photos are sent on the page."""

    kind: ReportKind
    critical: Annotated[bool, Meta(description="It is not safe to ride.")] = False
    note: str | None = None


class ReportsQuery(Body):
    """Which page of the reports."""

    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class FiledReport(Answer):
    """A report that was filed."""

    id: Key
    url: str
    takes_out_of_service: Annotated[
        bool, Meta(description="False also after several critical reports in a day: staff decide.")
    ]


class Report(Answer):
    """A report, and what staff have answered."""

    id: Key
    vehicle_type: Annotated[str, Meta(description="For people. A report names no vehicle.")]
    city: str
    kind: str
    critical: bool
    note: str
    state: Annotated[str, Meta(description="new, in_progress, resolved or dismissed.")]
    answer: str
    filed_at: Timestamp
    answered_at: Timestamp | None


@bp.get("/reports")
@requires_scope(Scope.REPORTS_READ)
@operation(list[Report], query=ReportsQuery, is_paged=True)
def index(query: ReportsQuery) -> Page[Report]:
    """List the reports, the newest first."""
    page = queries.list_own_reports(current_user.key, time_cursor(query.after))
    return Page([_describe_report(report) for report in page.rows], page.after)


@bp.get("/reports/<key:report_key>")
@requires_scope(Scope.REPORTS_READ)
@operation(Report)
def show(report_key: RowKey) -> Report:
    """Show a report with its answer."""
    return _describe_report(queries.find_own_report(current_user.key, report_key))


@bp.post("/vehicles/<key:vehicle_key>/reports")
@requires_scope(Scope.REPORTS_WRITE)
@operation(
    FiledReport,
    status=201,
    body=NewReport,
    body_example=NewReport(kind=ReportKind.DAMAGE, note="The bell is broken."),
    problems=(EmailNotConfirmed, VehicleNotFound),
)
def file_report(vehicle_key: RowKey, body: NewReport, nonce: UUID) -> WithHeaders:
    """Report a problem with a vehicle.

    A critical report takes it out of service until staff have looked at it.
    """
    return send_report(find_public_vehicle(vehicle_key), body, nonce, has_ridden=False)


def send_report(
    vehicle: fleet_models.Vehicle, body: NewReport, nonce: UUID, *, has_ridden: bool
) -> WithHeaders:
    """File a report; return where it is. has_ridden: the reporter has just ridden the vehicle."""
    form = ReportForm(**form_values(body))
    check_form(form)
    services.count_report(current_user)
    report = services.ReportData(
        body.kind, body.critical, form.note.data or "", [], browser_language()
    )
    report_key, is_limited = services.file_limited_report(
        current_user, vehicle, nonce.hex, report, has_ridden=has_ridden
    )
    url = url_for("fleet.api_reports.show", report_key=report_key)
    reference = FiledReport(
        id=str(report_key),
        url=url,
        takes_out_of_service=report.takes_out_of_service and not is_limited,
    )
    return WithHeaders(reference, {"Location": url})


def _describe_report(report: models.Report) -> Report:
    return Report(
        id=str(RowKey(report.region, report.id)),
        vehicle_type=type_label(report.vehicle.form_factor, report.vehicle.propulsion_type),
        city=report.city,
        kind=report.kind,
        critical=report.critical or report.called_unsafe,
        note=report.note,
        state=report.state,
        answer=report.answer,
        filed_at=in_utc(report.created_at),
        answered_at=in_utc(report.answered_at),
    )
