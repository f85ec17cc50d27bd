"""The rules of a city that make tasks, and its own kinds of tasks."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.labels import alert_label
from webapp.fleet.tasks.forms.settings import CustomKindForm, RuleForm
from webapp.fleet.tasks.queries.settings import TaskSettings, get_task_settings
from webapp.fleet.tasks.services import settings as services
from webapp.forms import add_refusal, render_form
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("task_settings", __name__)


@bp.get("/fleet/tasks/rules")
@requires(Permission.PLAN_TASKS)
def index() -> ResponseReturnValue:
    """The rules of a city, and its own kinds of tasks."""
    city = staff_city_or_404(request.args.get("city"), Permission.PLAN_TASKS)
    return _render_settings(city, get_task_settings(city))


@bp.post("/fleet/tasks/rules/<city_name>/<trigger_name>")
@requires(Permission.PLAN_TASKS)
def save_rule(city_name: str, trigger_name: str) -> ResponseReturnValue:
    """Switch a rule on or off, and set its numbers."""
    city = staff_city_or_404(city_name, Permission.PLAN_TASKS)
    if trigger_name not in tuple(AlertKind):
        abort(404)
    trigger, settings = AlertKind(trigger_name), get_task_settings(city)
    form = RuleForm(trigger, prefix=f"{trigger}-")
    form.offer_kinds(settings.custom_kinds, settings.rules[trigger])
    if not form.validate_on_submit() or not _save(form, city, settings):
        return _render_settings(city, settings, form)
    flash(_("Rule saved: %(name)s.", name=alert_label(trigger)), "success")
    return redirect(url_for(".index", city=city.name), 303)


def _save(form: RuleForm, city: City, settings: TaskSettings) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    trigger = form.trigger
    return save_edit(
        form,
        settings,
        fill=lambda stored: _show_rule(trigger, stored),
        save=lambda stored: services.save_rule(
            city, trigger, stored.rules[trigger], form.rule_settings, form.why.data or ""
        ),
        read=lambda: get_task_settings(city),
    )


@bp.post("/fleet/tasks/kinds/<city_name>/add")
@requires(Permission.PLAN_TASKS)
def add_kind(city_name: str) -> ResponseReturnValue:
    """Add a kind of tasks to a city."""
    city = staff_city_or_404(city_name, Permission.PLAN_TASKS)
    form = CustomKindForm()
    if form.validate_on_submit():
        try:
            services.add_custom_kind(city, form.name.data, form.why.data or "")
            flash(_("Added: %(name)s.", name=form.name.data), "success")
            return redirect(url_for(".index", city=city.name), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return _render_settings(city, get_task_settings(city), kind_form=form)


@bp.post("/fleet/tasks/kinds/<city_name>/remove")
@requires(Permission.PLAN_TASKS)
def remove_kind(city_name: str) -> ResponseReturnValue:
    """Remove a kind from a city's list."""
    city = staff_city_or_404(city_name, Permission.PLAN_TASKS)
    form = CustomKindForm()
    if not form.validate_on_submit():
        return _render_settings(city, get_task_settings(city), kind_form=form)
    services.remove_custom_kind(city, form.name.data, form.why.data or "")
    flash(_("Removed: %(name)s.", name=form.name.data), "success")
    return redirect(url_for(".index", city=city.name), 303)


def _show_rule(trigger: AlertKind, settings: TaskSettings) -> RuleForm:
    """Return the form of a rule with what is stored."""
    form = RuleForm(trigger, None, prefix=f"{trigger}-")
    form.offer_kinds(settings.custom_kinds, settings.rules[trigger])
    form.fill(settings.rules[trigger])
    return form


def _render_settings(
    city: City,
    settings: TaskSettings,
    rule_form: RuleForm | None = None,
    kind_form: CustomKindForm | None = None,
) -> ResponseReturnValue:
    forms = [
        rule_form if rule_form and rule_form.trigger is trigger else _show_rule(trigger, settings)
        for trigger in AlertKind
    ]
    return render_form(
        "fleet/tasks/rules.html",
        rule_form or kind_form or CustomKindForm(None),
        city=city,
        cities=staff_cities(Permission.PLAN_TASKS),
        rule_forms=forms,
        kind_form=kind_form or CustomKindForm(None),
        custom_kinds=settings.custom_kinds,
    )
