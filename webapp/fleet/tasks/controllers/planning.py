"""Planning tasks: making them, and who does which."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.errors import DomainError, NotFound
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.tasks.errors import TaskClosed, TaskExists
from webapp.fleet.tasks.forms.kinds import kind_choices
from webapp.fleet.tasks.forms.planning import AssignForm, NewTaskForm, TaskFilterForm
from webapp.fleet.tasks.queries.details import find_vehicle_for_task
from webapp.fleet.tasks.queries.plan import get_task_plan
from webapp.fleet.tasks.rules import DEFAULT_SETTINGS
from webapp.fleet.tasks.services import planning
from webapp.forms import add_refusal, choices, render_form
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("task_planning", __name__)


@bp.route("/fleet/vehicles/<key:vehicle_key>/tasks/new", methods=["GET", "POST"])
@requires(Permission.PLAN_TASKS)
def add(vehicle_key: RowKey) -> ResponseReturnValue:
    """Make a task about a vehicle: with ``?report=KEY`` or ``?trigger=NAME`` from a report or an
    alert, which suggests a kind; with ``?kind=NAME`` another kind to suggest."""
    report_key = _read_report_key()
    vehicle, custom_kinds = find_vehicle_for_task(current_user, vehicle_key)
    form, trigger = NewTaskForm(), _read_trigger()
    form.kind.choices = [*choices([("", _l("Choose"))]), *kind_choices(custom_kinds)]
    if not form.is_submitted():
        suggested = DEFAULT_SETTINGS[trigger].kind if trigger else ""
        form.kind.data = request.args.get("kind", suggested)
    existing_key: RowKey | None = None
    if form.validate_on_submit():
        try:
            new = form.make_task(report_key, trigger)
            task_key = planning.add_task(current_user, vehicle_key, form.nonce.data, new)
            flash(_("Task added."), "success")
            return redirect(url_for("fleet.tasks.show", task_key=task_key), 303)
        except TaskExists as refusal:
            existing_key = refusal.details["task_key"]
            add_refusal(form, refusal)
    return render_form(
        "fleet/tasks/new.html",
        form,
        vehicle=vehicle,
        city=city_or_404(vehicle.city),
        existing_key=existing_key,
    )


@bp.get("/fleet/tasks/plan")
@requires(Permission.PLAN_TASKS)
def plan() -> ResponseReturnValue:
    """Who has which tasks of a city."""
    form = TaskFilterForm(request.args)
    city = filter_city_or_404(form, Permission.PLAN_TASKS)
    task_plan = get_task_plan(city, form.kind_filter)
    assignee = request.args.get("assignee", "")  # the next one may be for the same person
    return render_form("fleet/tasks/plan.html", form, city=city, plan=task_plan, assignee=assignee)


@bp.post("/fleet/tasks/<key:task_key>/assign")
@requires(Permission.PLAN_TASKS)
def assign(task_key: RowKey) -> ResponseReturnValue:
    """Assign a task to somebody, or to nobody."""
    form = AssignForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        planning.assign_task(current_user, task_key, form.seen_key, form.assignee_key)
    except NotFound:
        raise
    except DomainError as refusal:
        flash(str(refusal.message), "warning")
    query_args = {"kind": form.kind.data, "assignee": form.assignee.data}
    chosen = {name: value for name, value in query_args.items() if value}
    return redirect(url_for(".plan", city=form.city.data, **chosen), 303)


@bp.post("/fleet/tasks/<key:task_key>/cancel")
@requires(Permission.PLAN_TASKS)
def cancel(task_key: RowKey) -> ResponseReturnValue:
    """Cancel a task that is to be done."""
    try:
        planning.cancel_task(current_user, task_key)
        flash(_("Cancelled. The vehicle stays as it is."), "success")
    except TaskClosed as refusal:
        flash(str(refusal.message), "warning")
    return redirect(url_for("fleet.tasks.show", task_key=task_key), 303)


def _read_report_key() -> RowKey | None:
    text = request.args.get("report")
    try:
        return RowKey.parse(text) if text else None
    except ValueError:
        abort(404)


def _read_trigger() -> AlertKind | None:
    text = request.args.get("trigger")
    if not text:
        return None
    return AlertKind(text) if text in tuple(AlertKind) else abort(404)
