"""The queue of reports for staff, and answering them."""

from flask import Blueprint, abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import DomainError
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.queues.forms import AssignForm
from webapp.fleet.queues.pages import render_assign_form
from webapp.fleet.reports import queries, staff_services, tags
from webapp.fleet.reports.forms import ReportAnswerForm, ReportQueueForm, TagForm
from webapp.fleet.reports.models import MAX_PHOTOS
from webapp.fleet.reports.staff_services import ReportAnswer
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.filling import ReplyContext, list_filled_replies
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.web.access import requires
from webapp.web.responses import send_photo
from webapp.web.roles import Permission

bp = Blueprint("staff_reports", __name__)


@bp.get("/fleet/reports")
@requires(Permission.ANSWER_REPORTS)
def queue() -> ResponseReturnValue:
    """The reports of a city, by default the open ones."""
    form = ReportQueueForm(request.args)
    form.offer_tags(())
    city = filter_city_or_404(form, Permission.ANSWER_REPORTS)
    form.offer_tags(tags.list_tags(city))
    after = read_time_cursor(request.args.get("after"))
    page, times = queries.list_queue(city, form.report_filter, after)
    return render_form("fleet/reports/queue.html", form, city=city, page=page, times=times)


@bp.get("/fleet/reports/<key:report_key>")
@requires(Permission.ANSWER_REPORTS)
def show(report_key: RowKey) -> ResponseReturnValue:
    """One report with its photos, and other reports about the vehicle."""
    return _render_report(report_key, ReportAnswerForm())


@bp.get(f"/fleet/reports/<key:report_key>/photos/<int(max={MAX_PHOTOS}):number>")
@requires(Permission.ANSWER_REPORTS)
def photo(report_key: RowKey, number: int) -> ResponseReturnValue:
    """A photo of a report."""
    content = queries.read_photo_for_staff(current_user, report_key, number)
    return send_photo(content, f"photo-{number}.jpg")


@bp.route("/fleet/reports/<key:report_key>/assign", methods=["GET", "POST"])
@requires(Permission.ANSWER_REPORTS)
def assign_report(report_key: RowKey) -> ResponseReturnValue:
    """Assign a report to a colleague, to oneself or to nobody, so that no two do the same work."""
    report = queries.find_report_for_staff(current_user, report_key).report
    form, page = AssignForm(), url_for(".show", report_key=report_key)
    if form.validate_on_submit():
        try:
            staff_services.assign_report(report, form.assignment)
            flash(_("Assignment saved."), "success")
            return redirect(page, 303)
        except DomainError as error:
            add_refusal(form, error)
            report = queries.find_report_for_staff(current_user, report_key).report
    return render_assign_form(form, report.assignee, page, Permission.ANSWER_REPORTS, report.city)


@bp.post("/fleet/reports/<key:report_key>/tags")
@requires(Permission.ANSWER_REPORTS)
def add_tag(report_key: RowKey) -> ResponseReturnValue:
    """Add a tag to a report."""
    form = TagForm()
    if form.validate_on_submit():
        try:
            tags.add_tag(current_user, report_key, form.value)
            return redirect(url_for(".show", report_key=report_key), 303)
        except tags.TooManyTags as refusal:
            add_refusal(form, refusal)
    response = make_response(_render_report(report_key, ReportAnswerForm(formdata=None), form))
    response.status_code = 422
    return response


@bp.post("/fleet/reports/<key:report_key>/tags/remove")
@requires(Permission.ANSWER_REPORTS)
def remove_tag(report_key: RowKey) -> ResponseReturnValue:
    """Remove a tag from a report."""
    tags.remove_tag(current_user, report_key, request.form.get("tag", ""))
    return redirect(url_for(".show", report_key=report_key), 303)


@bp.post("/fleet/reports/<key:report_key>/answer")
@requires(Permission.ANSWER_REPORTS)
def answer_report(report_key: RowKey) -> ResponseReturnValue:
    """Answer a report, and return the vehicle to service if the form says so."""
    form = ReportAnswerForm()
    if form.use_reply.data or not form.validate_on_submit():
        return _render_report(report_key, form)
    return _save_answer(report_key, form, form.seen.data, form.report_answer)


def _save_answer(
    report_key: RowKey, form: ReportAnswerForm, seen_state: str, answer: ReportAnswer
) -> ResponseReturnValue:
    staff_report = queries.find_report_for_staff(current_user, report_key)
    if answer.returns_to_service and not staff_report.may_change_vehicle:
        abort(403)
    try:
        staff_services.answer_report(staff_report.report, seen_state, answer)
    except DomainError as error:
        add_refusal(form, error)
        return _render_report(report_key, form)
    flash(_("Answer saved."), "success")
    return redirect(url_for(".show", report_key=report_key), 303)


def _render_report(
    report_key: RowKey, form: ReportAnswerForm, tag_form: TagForm | None = None
) -> ResponseReturnValue:
    staff_report = queries.find_report_for_staff(current_user, report_key)
    report, reporter = staff_report.report, staff_report.shown_reporter
    context = ReplyContext(report.vehicle, report.language, reporter and reporter.first_name)
    city = city_or_404(report.city)
    form.offer_replies(list_filled_replies(city, ReplyQueue.REPORTS, context))
    form.seen.data = report.state
    return render_form(
        "fleet/reports/staff_report.html",
        form,
        staff_report=staff_report,
        tag_form=tag_form or TagForm(formdata=None),
        offered_tags=tags.list_tags(city),
    )
