"""The pages of cities, for admins of all cities."""

from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.forms import add_refusal, choices, render_form
from webapp.ops.cities.forms import CityForm, make_city_form, make_new_city_form
from webapp.ops.cities.services import CityData, change_city, open_city, read_city_data
from webapp.ops.cities.setup import read_city_setup
from webapp.regions.catalogue import catalogue, city_or_404, find_home_city, list_city_regions
from webapp.regions.models import City
from webapp.regions.time_zones import list_time_zone_choices
from webapp.translations import gettext as _
from webapp.web.access import require_all_cities, requires
from webapp.web.roles import Permission

bp = Blueprint("cities", __name__, url_prefix="/admin")

#: The city whose set-up list the admin came from: base.html links back to it.
SETUP_CITY = "setup_city"


@bp.get("/cities")
@requires(Permission.MANAGE_CITIES)
def index() -> ResponseReturnValue:
    """All cities, in the order in which they were opened."""
    require_all_cities(Permission.MANAGE_CITIES)
    session.pop(SETUP_CITY, None)
    return render_template("ops/cities/index.html", cities=catalogue().all())


@bp.route("/cities/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITIES)
def new() -> ResponseReturnValue:
    """Open a city."""
    require_all_cities(Permission.MANAGE_CITIES)
    form = make_new_city_form()
    regions = sorted({*list_city_regions(), current_app.config["REGION"]})
    form.region.choices = choices((region, region) for region in regions)
    if form.validate_on_submit():
        try:
            city_name = open_city(
                form.region.data, form.currency.data, form.make_data({}), form.why.data or ""
            )
            flash(_("%(city)s is open.", city=form.label.data), "success")
            return redirect(url_for(".setup", city_name=city_name), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return _render(form)


@bp.get("/cities/<city_name>/setup")
@requires(Permission.MANAGE_CITIES)
def setup(city_name: str) -> ResponseReturnValue:
    """What the city has, and what it still lacks, before people ride."""
    require_all_cities(Permission.MANAGE_CITIES)
    city = city_or_404(city_name)
    city_setup = read_city_setup(city)
    if city_setup.is_complete:
        session.pop(SETUP_CITY, None)
    else:
        session[SETUP_CITY] = city.name
    return render_template("ops/cities/setup.html", city=city, setup=city_setup)


@bp.route("/cities/<city_name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CITIES)
def edit(city_name: str) -> ResponseReturnValue:
    """Change a city."""
    require_all_cities(Permission.MANAGE_CITIES)
    city = city_or_404(city_name)
    form = make_city_form(CityData.of(city))
    if form.validate_on_submit() and _save(form, city):
        flash(_("City saved: %(city)s.", city=form.label.data), "success")
        return redirect(url_for(".index"), 303)
    return _render(form, city_name=city.name)


def _save(form: CityForm, city: City) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        CityData.of(city),
        fill=lambda data: make_city_form(data, formdata=None),
        save=lambda stored: change_city(
            city, stored, form.make_data(stored.labels), form.why.data or ""
        ),
        read=lambda: read_city_data(city.name),
    )


def _render(form: CityForm, city_name: str = "") -> ResponseReturnValue:
    city = catalogue().find(city_name) or find_home_city()
    return render_form(
        "ops/cities/form.html",
        form,
        city=city,
        city_name=city_name,
        time_zones=list_time_zone_choices(),
    )
