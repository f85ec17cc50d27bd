"""The settings of the queues of a city, for its manager."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.fleet.queues.forms import TargetsForm
from webapp.fleet.queues.services import change_service_targets
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
    form = TargetsForm(None)
    form.fill(city)
    return _render_settings(city, form)


@bp.post("/fleet/queues/<city_name>/targets")
@requires(Permission.MANAGE_QUEUES)
def change_targets(city_name: str) -> ResponseReturnValue:
    """Change the service targets of a city."""
    city, form = staff_city_or_404(city_name, Permission.MANAGE_QUEUES), TargetsForm()
    if not form.validate_on_submit():
        return _render_settings(city, form)
    change_service_targets(city, form.first_action.duration, form.answer.duration)
    flash(_("Saved."), "success")
    return redirect(url_for(".index", city=city.name), 303)


def _render_settings(city: City, form: TargetsForm) -> ResponseReturnValue:
    form.describe_default_targets()
    return render_form(
        "fleet/queues/settings.html",
        form,
        city=city,
        cities=staff_cities(Permission.MANAGE_QUEUES),
        replies=list_replies(city),
    )
