"""The tasks of a city for those who do them, made for a phone in one hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from webapp.db.keys import RowKey
from webapp.errors import DomainError, NotFound
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.reports.controllers.reporter import MAX_REQUEST_BYTES
from webapp.fleet.reports.models import MAX_PHOTOS
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.forms.planning import TaskFilterForm
from webapp.fleet.tasks.forms.working import ChangeForm, FinishTaskForm
from webapp.fleet.tasks.queries.details import find_task, read_task_photo
from webapp.fleet.tasks.queries.lists import list_tasks
from webapp.fleet.tasks.services import working
from webapp.forms import add_refusal, join_errors, read_point, render_form
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.web.access import requires
from webapp.web.kept_pages import keep_for_account
from webapp.web.request_limits import accepts_files
from webapp.web.responses import send_photo, wants_json
from webapp.web.roles import Permission

bp = Blueprint("tasks", __name__)


@bp.get("/fleet/tasks")
@requires(Permission.WORK_ON_TASKS)
def index() -> ResponseReturnValue:
    """The viewer's tasks in the order of a route, and those that nobody has."""
    form = TaskFilterForm(request.args)
    city = filter_city_or_404(form, Permission.WORK_ON_TASKS)
    point = read_point(form)
    tasks = list_tasks(city, current_user.key, point, form.kind_filter)
    return _render_kept_page("fleet/tasks/index.html", form, city=city, tasks=tasks, point=point)


@bp.get("/fleet/tasks/<key:task_key>")
@requires(Permission.WORK_ON_TASKS)
def show(task_key: RowKey) -> ResponseReturnValue:
    """One task, with what the viewer can do next."""
    return _render_task(task_key)


@bp.get(f"/fleet/tasks/<key:task_key>/photos/<int(max={MAX_PHOTOS}):number>")
@requires(Permission.WORK_ON_TASKS)
def photo(task_key: RowKey, number: int) -> ResponseReturnValue:
    """A photo of a task."""
    return send_photo(read_task_photo(current_user, task_key, number), f"photo-{number}.jpg")


@bp.post("/fleet/tasks/<key:task_key>/take")
@requires(Permission.WORK_ON_TASKS)
def take(task_key: RowKey) -> ResponseReturnValue:
    """Take a task that nobody has."""
    take_task = partial(working.take_task, task_key)
    return _change(task_key, ChangeForm(), take_task, _("It's yours."))


@bp.post("/fleet/tasks/<key:task_key>/release")
@requires(Permission.WORK_ON_TASKS)
def release(task_key: RowKey) -> ResponseReturnValue:
    """Give a task back."""
    done = _("Given back. The vehicle stays as it is.")
    return _change(task_key, ChangeForm(), partial(working.release_task, task_key), done)


@bp.post("/fleet/tasks/<key:task_key>/start")
@requires(Permission.WORK_ON_TASKS)
def start(task_key: RowKey) -> ResponseReturnValue:
    """Start a task: the vehicle goes out of service."""
    task = find_task(current_user, task_key).task

    done = _("Started. Nobody can ride the vehicle now.")
    return _change(task_key, ChangeForm(), partial(working.start_task, task), done)


@bp.post("/fleet/tasks/<key:task_key>/finish")
@requires(Permission.WORK_ON_TASKS)
@accepts_files(MAX_REQUEST_BYTES)
def finish(task_key: RowKey) -> ResponseReturnValue:
    """Finish a task, and say what came of it and of the vehicle."""
    details = find_task(current_user, task_key)
    form = FinishTaskForm(currency=city_or_404(details.task.city).currency)

    def finish_task(change: TaskChange) -> str | None:
        working.check_may_finish(details.task, change)  # before photos are decoded
        outcome = form.outcome
        if working.finish_task(details.task, change, outcome):
            return None
        if outcome.vehicle is VehicleOutcome.PICKED_UP:
            return _("Done. But the vehicle is not with you: someone is riding it.")
        return _(
            "Done. But the vehicle stays out of service: a report says that it is not safe, the"
            " service is suspended, or another task on it is in progress."
        )

    return _change(task_key, form, finish_task, _("Done."))


def _change(
    task_key: RowKey,
    form: ChangeForm,
    perform: Callable[[TaskChange], str | None],
    done: str,
) -> ResponseReturnValue:
    """Perform a change and say so: with a page, or to our own script with JSON.

    perform: returns what to say in place of ``done``.
    """
    if not form.validate_on_submit():
        return _refuse(task_key, form)
    try:
        action = (request.endpoint or "").rpartition(".")[2]
        warning = perform(form.make_change(current_user, action))
    except NotFound:
        raise
    except DomainError as refusal:
        add_refusal(form, refusal)
        return _refuse(task_key, form)
    if wants_json():
        return {"message": warning or done}
    flash(warning or done, "warning" if warning else "success")
    return redirect(url_for(".show", task_key=task_key), 303)


def _refuse(task_key: RowKey, form: ChangeForm) -> ResponseReturnValue:
    if wants_json():
        message = join_errors(form)
        refusal: DomainError | None = getattr(form, "refusal", None)
        if refusal is None:
            return {"message": message}, 422
        return {"message": message}, refusal.status, refusal.headers
    return _render_task(task_key, form)


def _render_task(task_key: RowKey, form: ChangeForm | None = None) -> ResponseReturnValue:
    details = find_task(current_user, task_key)
    city = city_or_404(details.task.city)
    shown_form = form or FinishTaskForm(None, currency=city.currency)
    if not isinstance(shown_form, FinishTaskForm):  # of another change: only its refusal is shown
        finish_form = FinishTaskForm(None, currency=city.currency)
        return _render_kept_page(
            "fleet/tasks/show.html", shown_form, finish_form=finish_form, details=details, city=city
        )
    return _render_kept_page(
        "fleet/tasks/show.html", shown_form, finish_form=shown_form, details=details, city=city
    )


def _render_kept_page(template: str, form: FlaskForm, **context: Any) -> Response:
    """Render a page that the service worker keeps for its account."""
    return keep_for_account(make_response(render_form(template, form, **context)))
