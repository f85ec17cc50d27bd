"""The page of the search of staff."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.fleet.staff_search.forms import StaffSearchForm
from webapp.fleet.staff_search.services import search, suggest_text
from webapp.forms import choices, city_choices, render_form
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("staff_search", __name__)


@bp.get("/fleet/search")
@requires(Permission.VIEW_VEHICLES)
def index() -> ResponseReturnValue:
    """What fits a text, by kind; of one kind all, up to a limit."""
    form, cities = StaffSearchForm(request.args), staff_cities(Permission.VIEW_VEHICLES)
    form.city.choices = [*choices([("", _("All your cities"))]), *city_choices(cities)]
    if form.city.data:
        staff_city_or_404(form.city.data, Permission.VIEW_VEHICLES)
    text, city_name = form.text if form.validate() else "", form.city.data or None
    answer = search(current_user, text, form.kind.data or None, city_name)
    suggestion = None if answer.groups else suggest_text(current_user, text, city_name)
    return render_form(
        "fleet/staff_search/index.html",
        form,
        text=text,
        groups=answer.groups,
        leaves_out_persons=answer.leaves_out_persons,
        suggestion=suggestion,
        query_args={"city": city_name} if city_name else {},
    )
