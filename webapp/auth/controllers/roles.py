"""What each role may do, and who has it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.forms.roles import RoleHoldersForm
from webapp.auth.labels import ROLE_DESCRIPTIONS, ROLE_LABELS
from webapp.auth.permission_labels import PERMISSION_AREAS
from webapp.auth.staff import read_role_holders
from webapp.db.paging import read_word_cursor
from webapp.forms import choices, city_choices, render_form
from webapp.translations import pgettext
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import IN_ALL_CITIES, PERMISSIONS, STAFF, Permission, Role

bp = Blueprint("roles", __name__, url_prefix="/admin/roles")


@bp.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def index() -> ResponseReturnValue:
    """What each role may do: the rule that decides (webapp/web/roles.py), in words."""
    return render_template(
        "auth/roles/index.html",
        areas=PERMISSION_AREAS,
        roles=STAFF,
        role_labels=ROLE_LABELS,
        role_descriptions=ROLE_DESCRIPTIONS,
        permissions=PERMISSIONS,
        in_all_cities=IN_ALL_CITIES,
    )


@bp.get("/people")
@requires(Permission.MANAGE_ACCOUNTS)
def people() -> ResponseReturnValue:
    """Who has which role in the viewer's cities."""
    form, cities = RoleHoldersForm(request.args), staff_cities(Permission.MANAGE_ACCOUNTS)
    form.city.choices = choices([("", pgettext("cities", "All"))]) + city_choices(cities)
    if form.city.data:
        form.city.data = staff_city_or_404(form.city.data, Permission.MANAGE_ACCOUNTS).name
    page = None
    if form.validate():
        viewers_cities = current_user.cities_with_permission(Permission.MANAGE_ACCOUNTS)
        city_names = {form.city.data} if form.city.data else viewers_cities
        role = Role(form.role.data) if form.role.data else None
        page = read_role_holders(
            role, city_names, read_word_cursor(request.args.get("after"), Role)
        )
    query_args = {name: field.data for name, field in form._fields.items() if field.data}
    return render_form(
        "auth/roles/people.html", form, page=page, query_args=query_args, role_labels=ROLE_LABELS
    )
