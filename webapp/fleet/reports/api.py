"""Reports about vehicles, for their reporter, in the API."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.reading import FileFields
from webapp.api.values import Answer, Body, Key, PageParameters, Timestamp, in_utc
from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.fleet import models as fleet_models
from webapp.fleet.labels import type_label
from webapp.fleet.queries.vehicles import VehicleNotFound, find_public_vehicle
from webapp.fleet.reports import models, queries, services
from webapp.fleet.reports.controllers.reporter import MAX_REQUEST_BYTES
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.forms import PHOTO_FIELDS, ReportForm
from webapp.fleet.reports.models import MAX_PHOTOS
from webapp.fleet.reports.withdrawal import ReportNotWithdrawable, withdraw_report
from webapp.photos import DecoderBusy, NotAPhoto, PhotoTooLarge
from webapp.web.access import requires_scope
from webapp.web.languages import find_browser_language
from webapp.web.responses import send_photo
from webapp.web.scopes import Scope

bp = Blueprint("api_reports", __name__, url_prefix=V1)

PHOTOS = FileFields(PHOTO_FIELDS, MAX_REQUEST_BYTES)
REPORT_PROBLEMS = (EmailNotConfirmed, NotFound, NotAPhoto, PhotoTooLarge, DecoderBusy)


class NewReport(Body):
    """What is wrong with a vehicle."""

    kind: ReportKind
    critical: Annotated[bool, Meta(description="It is not safe to ride.")] = False
    note: str | None = None


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
    withdrawn_at: Annotated[
        Timestamp | None, Meta(description="When it was taken back; its state is dismissed then.")
    ]


class ReportDetails(Report):
    """The same, with its photos."""

    photos: Annotated[list[str], Meta(description="Their addresses; none: they are deleted.")]


@bp.get("/reports")
@requires_scope(Scope.REPORTS_READ)
@operation(list[Report], query=PageParameters, is_paged=True)
def index(query: PageParameters) -> Page[Report]:
    """List the reports, the newest first."""
    page = queries.list_own_reports(current_user.key, read_time_cursor(query.after))
    return Page([Report(**_report_values(report)) for report in page.rows], page.after)


@bp.get("/reports/<key:report_key>")
@requires_scope(Scope.REPORTS_READ)
@operation(ReportDetails)
def show(report_key: RowKey) -> ReportDetails:
    """Show a report with its answer."""
    report = queries.find_own_report(current_user.key, report_key)
    photos = [
        url_for(".photo", report_key=report_key, number=photo.number) for photo in report.photos
    ]
    return ReportDetails(**_report_values(report), photos=photos)


@bp.get(f"/reports/<key:report_key>/photos/<int(max={MAX_PHOTOS}):number>")
@requires_scope(Scope.REPORTS_READ)
@operation(bytes, media_type="image/jpeg", problems=(NotFound,))
def photo(report_key: RowKey, number: int) -> Response:
    """Show a photo of a report."""
    content = queries.read_own_photo(current_user.key, report_key, number)
    return send_photo(content, f"photo-{number}.jpg")


@bp.post("/reports/<key:report_key>/withdraw")
@requires_scope(Scope.REPORTS_WRITE)
@operation(None, status=204, problems=(ReportNotWithdrawable,), is_repeatable=True)
def withdraw(report_key: RowKey) -> None:
    """Take a report back.

    Only while staff have not acted on it, and if it does not say that the vehicle is unsafe. Its
    photos are deleted.
    """
    withdraw_report(current_user.key, report_key)


@bp.post("/vehicles/<key:vehicle_key>/reports")
@requires_scope(Scope.REPORTS_WRITE)
@operation(
    FiledReport,
    status=201,
    body=NewReport,
    body_example=NewReport(kind=ReportKind.DAMAGE, note="The bell is broken."),
    files=PHOTOS,
    problems=(*REPORT_PROBLEMS, VehicleNotFound),
)
def file_report(vehicle_key: RowKey, body: NewReport, nonce: UUID) -> WithHeaders:
    """Report a problem with a vehicle.

    A critical report takes it out of service until staff have looked at it. Photos (JPEG, PNG or
    WebP) are sent with the same members as a form.
    """
    return send_report(find_public_vehicle(vehicle_key), body, nonce, has_ridden=False)


def send_report(
    vehicle: fleet_models.Vehicle, body: NewReport, nonce: UUID, *, has_ridden: bool
) -> WithHeaders:
    """File a report; return where it is. has_ridden: the reporter has just ridden the vehicle."""
    form = ReportForm(**form_values(body))
    check_form(form)
    services.count_report(current_user)
    report = replace(form.report_data, language=find_browser_language())
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


def _report_values(report: models.Report) -> dict[str, Any]:
    """Return the members of ``Report`` (Any: of several types)."""
    return {
        "id": str(RowKey(report.region, report.id)),
        "vehicle_type": type_label(report.vehicle.form_factor, report.vehicle.propulsion_type),
        "city": report.city,
        "kind": report.kind,
        "critical": report.critical or report.called_unsafe,
        "note": report.note,
        "state": report.state,
        "answer": report.answer,
        "filed_at": in_utc(report.created_at),
        "answered_at": in_utc(report.answered_at),
        "withdrawn_at": in_utc(report.withdrawn_at),
    }
