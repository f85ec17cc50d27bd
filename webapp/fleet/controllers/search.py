"""Finding vehicles: a map and a list, and the question which ones in the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from webapp.auth.models import User
from webapp.db.paging import distance_cursor, time_cursor
from webapp.fleet import queries as lists
from webapp.fleet.cursors import opened, sealed
from webapp.fleet.enums import IN_THE_STREET, FormFactor, VehicleState
from webapp.fleet.forms import ListForm
from webapp.fleet.unlock_codes import services as codes
from webapp.forms import point_of
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.regions.models import City
from webapp.web.access import comes_with_account, public

bp = Blueprint("search", __name__)

#: What an address asks: which vehicles, and near what.
WHICH, WHERE = ("q", "type", "show", "range", "price"), ("lat", "lon", "within")

with_places = comes_with_account(lambda: joinedload(User.saved_places))


@bp.get("/")
@public
@with_places
def home() -> ResponseReturnValue:
    """Anyone sees what is free now in the city nearest to them, on a map and as a list."""
    city = visitors_city()
    return _show_search(city) if city else render_template("fleet/no_city.html")


@bp.get("/vehicles")
@public
@with_places
def index() -> ResponseReturnValue:
    """The vehicles of the visitor's city."""
    return home()


@bp.get("/city/<city_name>")
@public
@with_places
def city(city_name: str) -> ResponseReturnValue:
    """The same for a city chosen by name."""
    return _show_search(city_or_404(city_name))


@bp.get("/city")
@public
def choose_city() -> ResponseReturnValue:
    """A visitor chooses a city by name and stays there until choosing another."""
    chosen = city_or_404(request.args.get("city", ""))
    session["city"] = chosen.name  # a preference, kept where it is: with the visitor
    return redirect(url_for(".city", city_name=chosen.name))


def _show_search(city: City) -> ResponseReturnValue:
    form = ListForm(request.args, currency=city.currency)
    if not form.validate() and not form.makes_sense:
        abort(404)
    if code := codes.read(form.typed.get("q") or ""):
        return redirect(url_for("fleet.unlock_codes.show", code=code))
    wanted, here, after = (
        vehicle_filter(city, form),
        point_of(form),
        opened(request.args.get("after")),
    )
    radius_m = request.args.get("within", lists.RADII_M[0], int)
    if radius_m not in lists.RADII_M:
        abort(404)
    if here:
        page = lists.near(wanted, here, radius_m, distance_cursor(after))
    else:
        page = lists.newest(wanted, time_cursor(after))
    shown = render_template(
        "fleet/search.html",
        city=city,
        form=form,
        here=here,
        radius_m=radius_m,
        farther_m=next((r for r in lists.RADII_M if r > radius_m), None),
        page=sealed(page),
        asked=_asked(WHICH),
        question=_asked(WHICH + WHERE),
    )
    return shown, 422 if form.errors else 200


def _asked(names: Sequence[str]) -> dict[str, str]:
    """Return that part of the question, for the addresses of other pages."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def vehicle_filter(city: City, form: ListForm) -> lists.Wanted:
    """Return what the question asks for; what was typed wrongly does not count."""
    typed: Mapping[str, Any] = form.typed
    states = IN_THE_STREET if typed.get("show") == "all" else (VehicleState.AVAILABLE,)
    words, types = lists.read_words(typed.get("q") or "")
    if (most := typed.get("price")) is not None:
        cheap = lists.types_for(city, most)
        types = cheap if types is None else types & cheap
    wanted = lists.Wanted(city, states, words=words, types=types)
    if form_factor := typed.get("type"):
        wanted = replace(wanted, form_factor=FormFactor(form_factor))
    if range_km := typed.get("range"):
        wanted = replace(wanted, range_m=range_km * 1000)
    return wanted
