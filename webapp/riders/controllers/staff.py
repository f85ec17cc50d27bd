"""The list of riders, for staff."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.auth.models import User
from webapp.auth.queries import find_account_in_cities
from webapp.db.paging import Page, time_cursor
from webapp.forms import city_choices, render_form
from webapp.riders.forms import RidersForm
from webapp.riders.queries import read_riders
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__, url_prefix="/users")


@bp.get("")
@requires(Permission.VIEW_RIDERS)
def index() -> ResponseReturnValue:
    """List the riders of a city, or find one by username or e-mail address."""
    form, cities = RidersForm(request.args), staff_cities(Permission.VIEW_RIDERS)
    form.city.choices = city_choices(cities)
    city = staff_city_or_404(form.city.data, Permission.VIEW_RIDERS)
    form.city.data = city.name
    if form.validate() and form.name.data:
        user = find_account_in_cities(form.name.data, {each.name for each in cities})
        page: Page[User] = Page([user] if user else [], "")
    else:
        page = read_riders(city, time_cursor(request.args.get("after")))
    return render_form(
        "riders/rider_list.html", form, city=city, page=page, query_args={"city": city.name}
    )
