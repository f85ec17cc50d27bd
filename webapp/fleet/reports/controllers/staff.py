"""The queue of reports for staff, and answering them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import DomainError
from webapp.fleet.reports import queries as lists
from webapp.fleet.reports import staff_services
from webapp.fleet.reports.controllers.reporter import render_photo
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.forms import AnswerForm, QueueForm
from webapp.fleet.reports.staff_services import Answer
from webapp.forms import answer, blame, city_choices
from webapp.web.access import only, staff_cities, staff_city_or_404
from webapp.web.roles import Role

bp = Blueprint("staff_reports", __name__)


@bp.get("/fleet/reports")
@only(Role.FLEET)
def queue() -> ResponseReturnValue:
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
        "fleet/reports/queue.html", form=form, city=city, page=page, question=question
    )


@bp.get("/fleet/reports/<key:report_key>")
@only(Role.FLEET)
def show(report_key: RowKey) -> ResponseReturnValue:
    """Staff see one report with its photos, and what else was told about the vehicle."""
    return _staff_page(report_key, AnswerForm())


@bp.get("/fleet/reports/<key:report_key>/photos/<int(max=3):number>")
@only(Role.FLEET)
def photo(report_key: RowKey, number: int) -> ResponseReturnValue:
    """A photo, for staff of that city."""
    return render_photo(lists.photo_for_staff(current_user, report_key, number), number)


@bp.post("/fleet/reports/<key:report_key>/take")
@only(Role.FLEET)
def take_report(report_key: RowKey) -> ResponseReturnValue:
    """A member of staff takes a report on, so that no colleague does the same work."""
    return _answered(report_key, AnswerForm(), ReportState.NEW, Answer(ReportState.IN_PROGRESS))


@bp.post("/fleet/reports/<key:report_key>/answer")
@only(Role.FLEET)
def answer_report(report_key: RowKey) -> ResponseReturnValue:
    """A member of staff answers a report, and perhaps puts the vehicle back in service."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _staff_page(report_key, form)
    return _answered(report_key, form, form.seen.data, form.answer)


def _answered(key: RowKey, form: AnswerForm, seen: str, given: Answer) -> ResponseReturnValue:
    report, _others = lists.for_staff(current_user, key)
    try:
        staff_services.answer_report(report, seen, given)
    except DomainError as refusal:
        blame(form, refusal)
        return _staff_page(key, form)
    flash(_("Saved."), "success")
    return redirect(url_for(".show", report_key=key), 303)


def _staff_page(key: RowKey, form: AnswerForm) -> ResponseReturnValue:
    report, others = lists.for_staff(current_user, key)
    form.seen.data = report.state
    return answer("fleet/reports/staff_report.html", form, report=report, others=others)
