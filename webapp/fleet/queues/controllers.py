"""The settings of the queues of a city, for its manager."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.edits import save_edit
from webapp.fleet.queues.forms import TargetsForm
from webapp.fleet.queues.services import (
    CityTargets,
    change_service_targets,
    read_service_targets,
)
from webapp.fleet.saved_replies.queries import list_replies
from webapp.forms import render_form
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("queues", __name__)


@bp.get("/fleet/queues")
@requires(Permission.MANAGE_QUEUES)
def index() -> ResponseReturnValue:
    """The settings of a city's queues of reports and disputes."""
    city = staff_city_or_404(request.args.get("city"), Permission.MANAGE_QUEUES)
    return _render_settings(city, _show_targets(CityTargets.of(city)))


@bp.post("/fleet/queues/<city_name>/targets")
@requires(Permission.MANAGE_QUEUES)
def change_targets(city_name: str) -> ResponseReturnValue:
    """Change the service targets of a city."""
    city, form = staff_city_or_404(city_name, Permission.MANAGE_QUEUES), TargetsForm()
    if not form.validate_on_submit() or not _save(form, city):
        return _render_settings(city, form)
    flash(_("Service targets saved."), "success")
    return redirect(url_for(".index", city=city.name), 303)


def _show_targets(targets: CityTargets) -> TargetsForm:
    form = TargetsForm(None)
    form.fill(targets)
    return form


def _save(form: TargetsForm, city: City) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        CityTargets.of(city),
        fill=_show_targets,
        save=lambda stored: change_service_targets(city, stored, form.targets, form.why.data or ""),
        read=lambda: read_service_targets(city),
    )


def _render_settings(city: City, form: TargetsForm) -> ResponseReturnValue:
    form.describe_default_targets()
    return render_form(
        "fleet/queues/settings.html",
        form,
        city=city,
        cities=staff_cities(Permission.MANAGE_QUEUES),
        replies=list_replies(city),
    )
