"""Reporting a vehicle, seeing what became of it, and answering."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.services.registration import EmailNotConfirmed
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import DomainError
from webapp.fleet.blueprint import bp
from webapp.fleet.models import Vehicle
from webapp.fleet.reports import labels as words
from webapp.fleet.reports import queries as lists
from webapp.fleet.reports import services, staff_services
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.forms import AnswerForm, QueueForm, ReportForm
from webapp.fleet.reports.photos import NotAPhoto
from webapp.fleet.reports.staff_services import Answer
from webapp.fleet.services import vehicle_at
from webapp.forms import answer, blame, city_choices
from webapp.web.access import only, signed_in, staff_cities, staff_city_or_404
from webapp.web.rate_limits import TooManyTries
from webapp.web.request_limits import takes_up_to
from webapp.web.roles import Role

#: Three photos as phones take them, for browsers that do not make them smaller first.
MOST_BYTES = 25 * 1024 * 1024

bp.add_app_template_filter(words.kind_label, "report_kind")
bp.add_app_template_filter(words.state_label, "report_state")
bp.add_app_template_filter(words.queue_label, "report_queue")


# --- for riders --------------------------------------------------------------------------------


@bp.route("/vehicles/<key:vehicle>/report", methods=["GET", "POST"])
@signed_in
@takes_up_to(MOST_BYTES)
def report_vehicle(vehicle: RowKey) -> ResponseReturnValue:
    """Anybody who has signed in tells what is wrong with a vehicle, with photos."""
    return filing(vehicle_at(vehicle), back=url_for(".vehicle", vehicle=vehicle))


def filing(vehicle: Vehicle, back: str, *, has_ridden: bool = False) -> ResponseReturnValue:
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
            return redirect(url_for("fleet.report", report=filed), 303)
        except (EmailNotConfirmed, NotAPhoto, TooManyTries) as refusal:
            blame(form, refusal)
    return answer("fleet/report_form.html", form, vehicle=vehicle, back=back)


@bp.get("/reports")
@signed_in
def reports() -> ResponseReturnValue:
    """A rider sees what became of all reports, the newest first."""
    page = lists.own(current_user.key, time_cursor(request.args.get("after")))
    return render_template("fleet/reports.html", page=page)


@bp.get("/reports/<key:report>")
@signed_in
def report(report: RowKey) -> ResponseReturnValue:
    """A rider sees one report, and the answer to it."""
    found = lists.own_report(current_user.key, report)
    return render_template("fleet/report.html", report=found)


@bp.get("/reports/<key:report>/photos/<int(max=3):number>")
@signed_in
def report_photo(report: RowKey, number: int) -> ResponseReturnValue:
    """A photo, for whoever sent it."""
    return _photo(lists.own_photo(current_user.key, report, number), number)


def _photo(content: bytes, number: int) -> Response:
    """A picture and nothing else, whatever a browser may find in it."""
    photo = Response(content, mimetype="image/jpeg")
    photo.headers.set("Content-Disposition", "attachment", filename=f"photo-{number}.jpg")
    photo.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    photo.headers["Cache-Control"] = "private, max-age=3600"
    return photo


# --- for staff ---------------------------------------------------------------------------------


@bp.get("/fleet/reports")
@only(Role.FLEET)
def staff_reports() -> ResponseReturnValue:
    """Staff see what is to be looked into in a city of theirs, or what has been."""
    form = QueueForm(request.args)
    form.city.choices = city_choices(staff_cities())
    city = staff_city_or_404(form.city.data)
    form.city.data = city.name
    if not form.validate():
        abort(404)
    page = lists.queue(city, form.states, time_cursor(request.args.get("after")))
    question = {"city": city.name, "state": form.state.data}
    return render_template(
        "fleet/reports_queue.html", form=form, city=city, page=page, question=question
    )


@bp.get("/fleet/reports/<key:report>")
@only(Role.FLEET)
def staff_report(report: RowKey) -> ResponseReturnValue:
    """Staff see one report with its photos, and what else was told about the vehicle."""
    return _staff_page(report, AnswerForm())


@bp.get("/fleet/reports/<key:report>/photos/<int(max=3):number>")
@only(Role.FLEET)
def staff_report_photo(report: RowKey, number: int) -> ResponseReturnValue:
    """A photo, for staff of that city."""
    return _photo(lists.photo_for_staff(current_user, report, number), number)


@bp.post("/fleet/reports/<key:report>/take")
@only(Role.FLEET)
def take_report(report: RowKey) -> ResponseReturnValue:
    """A member of staff takes a report on, so that no colleague does the same work."""
    return _answered(report, AnswerForm(), ReportState.NEW, Answer(ReportState.IN_PROGRESS))


@bp.post("/fleet/reports/<key:report>/answer")
@only(Role.FLEET)
def answer_report(report: RowKey) -> ResponseReturnValue:
    """A member of staff answers a report, and perhaps puts the vehicle back in service."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _staff_page(report, form)
    return _answered(report, form, form.seen.data, form.answer)


def _answered(key: RowKey, form: AnswerForm, seen: str, given: Answer) -> ResponseReturnValue:
    report, _others = lists.for_staff(current_user, key)
    try:
        staff_services.answer_report(report, seen, given)
    except DomainError as refusal:
        blame(form, refusal)
        return _staff_page(key, form)
    flash(_("Saved."), "success")
    return redirect(url_for(".staff_report", report=key), 303)


def _staff_page(key: RowKey, form: AnswerForm) -> ResponseReturnValue:
    report, others = lists.for_staff(current_user, key)
    form.seen.data = report.state
    return answer("fleet/report_staff.html", form, report=report, others=others)
