"""Reporting a vehicle, seeing what became of it, and answering."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.fleet.reports import queries as lists
from webapp.fleet.reports import services
from webapp.fleet.reports.forms import ReportForm
from webapp.fleet.reports.photos import NotAPhoto
from webapp.forms import answer, blame
from webapp.web.access import signed_in
from webapp.web.rate_limits import TooManyTries
from webapp.web.request_limits import takes_up_to

#: Three photos as phones take them, for browsers that do not make them smaller first.
MAX_REQUEST_BYTES = 25 * 1024 * 1024

bp = Blueprint("reports", __name__)


@bp.route("/vehicles/<key:vehicle_key>/report", methods=["GET", "POST"])
@signed_in
@takes_up_to(MAX_REQUEST_BYTES)
def file_report(vehicle_key: RowKey) -> ResponseReturnValue:
    """Anybody who has signed in tells what is wrong with a vehicle, with photos."""
    return handle_report_form(
        find_public_vehicle(vehicle_key),
        back=url_for("fleet.vehicles.show", vehicle_key=vehicle_key),
    )


def handle_report_form(
    vehicle: Vehicle, back: str, *, has_ridden: bool = False
) -> ResponseReturnValue:
    """Answer with the form of a report, or with the report when it is filed.

    back: the page from which one came. has_ridden: whoever tells knows the vehicle from a ride.
    """
    form = ReportForm()
    if form.validate_on_submit():
        try:
            services.count_try(current_user)
            told = form.told
            weighed = told if has_ridden else services.weighed(current_user, told)
            filed = services.file_report(current_user.key, vehicle.key, form.nonce.data, weighed)
            flash(_("Thank you. We look into it."), "success")
            if weighed is not told:
                flash(
                    _("After so many today, our staff decide if it goes out of service."), "warning"
                )
            return redirect(url_for("fleet.reports.show", report_key=filed), 303)
        except (EmailNotConfirmed, NotAPhoto, TooManyTries) as refusal:
            blame(form, refusal)
    return answer("fleet/reports/form.html", form, vehicle=vehicle, back=back)


@bp.get("/reports")
@signed_in
def index() -> ResponseReturnValue:
    """A rider sees what became of all reports, the newest first."""
    page = lists.own(current_user.key, time_cursor(request.args.get("after")))
    return render_template("fleet/reports/index.html", page=page)


@bp.get("/reports/<key:report_key>")
@signed_in
def show(report_key: RowKey) -> ResponseReturnValue:
    """A rider sees one report, and the answer to it."""
    report = lists.own_report(current_user.key, report_key)
    return render_template("fleet/reports/show.html", report=report)


@bp.get("/reports/<key:report_key>/photos/<int(max=3):number>")
@signed_in
def photo(report_key: RowKey, number: int) -> ResponseReturnValue:
    """A photo, for whoever sent it."""
    return render_photo(lists.own_photo(current_user.key, report_key, number), number)


def render_photo(content: bytes, number: int) -> Response:
    """A picture and nothing else, whatever a browser may find in it."""
    photo = Response(content, mimetype="image/jpeg")
    photo.headers.set("Content-Disposition", "attachment", filename=f"photo-{number}.jpg")
    photo.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    photo.headers["Cache-Control"] = "private, max-age=3600"
    return photo
