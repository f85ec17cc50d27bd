"""Reporting a vehicle, and a rider's own reports."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import FormReused
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.fleet.reports import queries, services
from webapp.fleet.reports.forms import ReportForm
from webapp.fleet.reports.models import MAX_PHOTOS
from webapp.fleet.reports.withdrawal import ReportNotWithdrawable, withdraw_report
from webapp.forms import add_refusal, render_form
from webapp.photos import PhotoRefused
from webapp.translations import gettext as _
from webapp.web.access import signed_in
from webapp.web.languages import find_browser_language
from webapp.web.rate_limits import TooManyTries
from webapp.web.request_limits import accepts_files
from webapp.web.responses import send_photo

#: Three photos as phones take them, from browsers that do not scale them down first.
MAX_REQUEST_BYTES = 25 * 1024 * 1024

bp = Blueprint("reports", __name__)


@bp.route("/vehicles/<key:vehicle_key>/report", methods=["GET", "POST"])
@signed_in
@accepts_files(MAX_REQUEST_BYTES)
def file_report(vehicle_key: RowKey) -> ResponseReturnValue:
    """Report a problem of a vehicle, with photos."""
    return handle_report_form(
        find_public_vehicle(vehicle_key),
        back_url=url_for("fleet.vehicles.show", vehicle_key=vehicle_key),
    )


def handle_report_form(
    vehicle: Vehicle, back_url: str, *, has_ridden: bool = False
) -> ResponseReturnValue:
    """Return the page with the form, or file the report and redirect to it.

    back_url: the address of the page before. has_ridden: the reporter has just ridden the vehicle.
    """
    form = ReportForm()
    if form.validate_on_submit():
        try:
            return redirect(
                url_for("fleet.reports.show", report_key=_file_report(form, vehicle, has_ridden)),
                303,
            )
        except (EmailNotConfirmed, FormReused, PhotoRefused, TooManyTries) as error:
            add_refusal(form, error)
    return render_form("fleet/reports/form.html", form, vehicle=vehicle, back_url=back_url)


def _file_report(form: ReportForm, vehicle: Vehicle, has_ridden: bool) -> RowKey:
    """File the report of the form and return its key."""
    services.count_report(current_user)
    report = replace(form.report_data, language=find_browser_language())
    report_key, is_limited = services.file_limited_report(
        current_user, vehicle, form.nonce.data, report, has_ridden=has_ridden
    )
    flash(_("Thanks for telling us. We'll look into it."), "success")
    if is_limited:
        flash(
            _(
                "You've reported several vehicles today, so our staff will decide whether it goes"
                " out of service."
            ),
            "warning",
        )
    return report_key


@bp.get("/reports")
@signed_in
def index() -> ResponseReturnValue:
    """A rider's reports, newest first."""
    page = queries.list_own_reports(current_user.key, read_time_cursor(request.args.get("after")))
    return render_template("fleet/reports/index.html", page=page)


@bp.get("/reports/<key:report_key>")
@signed_in
def show(report_key: RowKey) -> ResponseReturnValue:
    """One report of the rider, with the answer."""
    report = queries.find_own_report(current_user.key, report_key)
    return render_template("fleet/reports/show.html", report=report)


@bp.post("/reports/<key:report_key>/withdraw")
@signed_in
def withdraw(report_key: RowKey) -> ResponseReturnValue:
    """Take a report back that nobody has acted on."""
    try:
        withdraw_report(current_user.key, report_key)
    except ReportNotWithdrawable as refusal:
        flash(refusal.message, "warning")
    else:
        flash(_("You have taken your report back."), "success")
    return redirect(url_for(".show", report_key=report_key), 303)


@bp.get(f"/reports/<key:report_key>/photos/<int(max={MAX_PHOTOS}):number>")
@signed_in
def photo(report_key: RowKey, number: int) -> ResponseReturnValue:
    """A photo of the rider's report."""
    content = queries.read_own_photo(current_user.key, report_key, number)
    return send_photo(content, f"photo-{number}.jpg")
