"""The search: a map and a list of vehicles; its filter is in the query string."""

from collections.abc import Sequence
from dataclasses import replace

from flask import (
    Blueprint,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import Page, read_number_cursor, read_uuid_cursor
from webapp.fleet.enums import PUBLIC_STATES, FormFactor, VehicleState
from webapp.fleet.favourites.controllers import loads_saved_places
from webapp.fleet.forms import SearchForm, unfiltered_form
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle, list_vehicles
from webapp.fleet.queries.nearest import SEARCH_RADII_M, list_nearest
from webapp.fleet.queries.search_terms import parse_search_text, types_within_price
from webapp.fleet.unlock_codes.services import parse_code
from webapp.forms import read_point
from webapp.hooks import VehicleSearch, get_hooks
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.web.access import public
from webapp.web.kept_pages import keep_public

bp = Blueprint("search", __name__)

#: The parameters of the query string: which vehicles, and near which point.
FILTER_ARGS, POINT_ARGS = SearchForm.FIELDS, ("lat", "lon", "within", "near")


@bp.get("/")
@public
@loads_saved_places
def home() -> ResponseReturnValue:
    """The available vehicles of the visitor's city, on a map and as a list."""
    city = visitors_city()
    return _show_search(city) if city else render_template("fleet/no_city.html")


@bp.get("/vehicles")
@public
@loads_saved_places
def index() -> ResponseReturnValue:
    """The same page at another address."""
    return home()


@bp.get("/city/<city_name>")
@public
@loads_saved_places
def city(city_name: str) -> ResponseReturnValue:
    """The same for a city by its name."""
    return _show_search(city_or_404(city_name))


@bp.get("/city")
@public
def choose_city() -> ResponseReturnValue:
    """Choose a city, which the session keeps."""
    chosen = city_or_404(request.args.get("city", ""))
    session["city"] = chosen.name
    return redirect(url_for(".city", city_name=chosen.name))


def _show_search(city: City) -> ResponseReturnValue:
    is_anonymous = not current_user.is_authenticated
    form = unfiltered_form(city.currency, is_anonymous=is_anonymous)
    if request.args:
        form = SearchForm(request.args, currency=city.currency, is_anonymous=is_anonymous)
        if not form.validate() and not form.has_only_field_errors:
            abort(404)
    if code := parse_code(form.valid_values.get("q") or ""):
        return redirect(url_for("fleet.unlock_codes.show", code=str(code)))
    centre, radius_m = read_point(form), _radius_or_404()
    vehicle_filter = make_vehicle_filter(city, form, is_anonymous)
    page = _read_page(vehicle_filter, centre, radius_m)
    if "after" not in request.args:
        _report_search(vehicle_filter, centre, radius_m, page)
    html = render_template(
        "fleet/search.html",
        city=city,
        form=form,
        centre=centre,
        # Where the map was moved to, and not where the visitor is.
        is_map_centre=request.args.get("near") == "map",
        radius_m=radius_m,
        radii=SEARCH_RADII_M,
        farther_m=next((r for r in SEARCH_RADII_M if r > radius_m), None),
        page=page,
        filter_args=_query_args(FILTER_ARGS),
        query_args=_query_args(FILTER_ARGS + POINT_ARGS),
    )
    response = make_response(html, 422 if form.errors else 200)
    return keep_public(response, url_for(".city", city_name=city.name))


def _radius_or_404() -> int:
    """Return the radius of the search around a point, metres."""
    text = request.args.get("within") or str(SEARCH_RADII_M[0])
    return next((radius for radius in SEARCH_RADII_M if str(radius) == text), None) or abort(404)


def _read_page(
    vehicle_filter: VehicleFilter, centre: Point | None, radius_m: int
) -> Page[ListedVehicle]:
    """Return the page at the cursor of the query string; nearest first around ``centre``."""
    after = request.args.get("after")
    if centre:
        return list_nearest(vehicle_filter, centre, radius_m, read_number_cursor(after))
    return list_vehicles(vehicle_filter, read_uuid_cursor(after))


def _report_search(
    vehicle_filter: VehicleFilter, centre: Point | None, radius_m: int, page: Page[ListedVehicle]
) -> None:
    """Call the hooks of a search with its first page."""
    city, form_factor = vehicle_filter.city, vehicle_filter.form_factor
    is_found = bool(page.rows) or not page.after  # else the next page may have the nearest one
    is_walk = radius_m == SEARCH_RADII_M[0] and is_found
    is_plain = replace(vehicle_filter, is_anonymous=False) == VehicleFilter(
        city, form_factor=form_factor
    )
    nearest_m = page.rows[0].distance_m if page.rows else None
    search = VehicleSearch(
        city,
        bool(page.rows or page.after),
        form_factor or "",
        centre if is_walk and is_plain else None,
        nearest_m,
    )
    for call in get_hooks().on_vehicle_search:
        call(search)


def _query_args(names: Sequence[str]) -> dict[str, str]:
    """Return these parameters of the query string, for links to other pages."""
    args = request.args
    return {name: args[name] for name in names if args.get(name)} if args else {}


def make_vehicle_filter(city: City, form: SearchForm, is_anonymous: bool) -> VehicleFilter:
    """Return the filter that the form describes; fields with an error are left out.

    is_anonymous: by nothing by which a vehicle could be recognised; the range is the published one.
    """
    values = form.valid_values
    states = PUBLIC_STATES if values.get("show") == "all" else (VehicleState.AVAILABLE,)
    words, types = parse_search_text(values.get("q") or "")
    if (max_price := values.get("price")) is not None:
        types_in_price = types_within_price(city, max_price)
        types = types_in_price if types is None else types & types_in_price
    form_factor = values.get("type")
    return VehicleFilter(
        city,
        states,
        form_factor=FormFactor(form_factor) if form_factor else None,
        words=words,
        range_m=form.range_m or None,
        is_anonymous=is_anonymous,
        types=types,
    )
