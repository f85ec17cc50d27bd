"""The list of users, for staff."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.labels import ROLE_LABELS
from webapp.db.paging import Page, read_time_cursor
from webapp.forms import choices, city_choices, render_form
from webapp.riders.forms import UsersForm
from webapp.riders.person_searches import record_search_for_persons
from webapp.riders.queries import MAX_FOUND, find_users, list_users
from webapp.staff_search import SearchTerm
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__)


@bp.get("/users")
@bp.get("/admin/users")
@requires(Permission.VIEW_RIDERS)
def index() -> ResponseReturnValue:
    """List the users of a city, or find some by a part of a name or an e-mail address."""
    form, cities = UsersForm(request.args), staff_cities(Permission.VIEW_RIDERS)
    form.city.choices = [*choices([("", _("All your cities"))]), *city_choices(cities)]
    if form.city.data or not (form.name.data or "city" in request.args):
        form.city.data = staff_city_or_404(form.city.data, Permission.VIEW_RIDERS).name
    page, is_limited = None, False
    if form.validate():
        user_filter, name = form.user_filter(cities), form.name.data
        if not name:
            page = list_users(user_filter, read_time_cursor(request.args.get("after")))
        elif is_limited := not record_search_for_persons(current_user):
            page = Page([], "")
        else:
            page = Page(find_users(user_filter, SearchTerm(name)), "")
    return render_form(
        "riders/users.html",
        form,
        page=page,
        is_limited=is_limited,
        max_found=MAX_FOUND,
        role_labels=ROLE_LABELS,
        query_args={name: form[name].data for name in ("name", "city", "role", "state")},
    )
