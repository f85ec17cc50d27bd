"""Pages of zones: their map layer and their rules for everyone, and a list for admins."""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from webapp.db.paging import Page, make_page, number_cursor, page_size
from webapp.fleet.zones import services
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.forms import ZoneForm
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.forms import render_form
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.web.access import only, public, recently_authenticated, staff_cities, staff_city_or_404
from webapp.web.roles import Role

bp = Blueprint("zones", __name__)

#: How long a browser may keep the map layer without asking, seconds.
MAP_LAYER_MAX_AGE_S = 60


@bp.get("/city/<city_name>/zones.json")
@public
def map_layer(city_name: str) -> ResponseReturnValue:
    """A map gets the zones it draws; 304 if it has them already."""
    city = city_or_404(city_name)
    zones = city_zones(city)
    version = f"{zones.version}-{get_locale()}"
    if request.if_none_match.contains_weak(version):
        response = Response(status=304)
    else:
        response = jsonify(build_map_layer(zones, city.currency))
    response.set_etag(version, weak=True)  # the same whether compressed or not
    response.cache_control.public = True
    response.cache_control.max_age = MAP_LAYER_MAX_AGE_S
    return response


@bp.get("/city/<city_name>/zones")
@public
def city_rules(city_name: str) -> ResponseReturnValue:
    """Anyone reads where rides end in a city, and where they do not."""
    city = city_or_404(city_name)
    return render_template("fleet/zones/city.html", city=city, page=_make_page(city_zones(city)))


@bp.get("/fleet/zones")
@only(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Admins see the zones of one of their cities, read from the database."""
    city = staff_city_or_404(request.args.get("city"), Role.ADMIN)
    zones = city_zones(city, max_age_s=0)
    return render_template(
        "fleet/zones/index.html",
        city=city,
        cities=staff_cities(Role.ADMIN),
        zones=zones,
        page=_make_page(zones),
        query_args={"city": city.name},
    )


@bp.route("/fleet/zones/<city_name>/<uuid:zone_id>/edit", methods=["GET", "POST"])
@only(Role.ADMIN)
@recently_authenticated
def edit(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """An admin changes the name, the fee or the speed limit of a zone."""
    city = staff_city_or_404(city_name, Role.ADMIN)
    form = ZoneForm(currency=city.currency)
    if form.validate_on_submit():
        services.change_zone(city, zone_id, **form.columns())
        flash(_("Saved."), "success")
        return redirect(url_for(".index", city=city.name), 303)
    zone = _zone_or_404(city, zone_id)
    if request.method == "GET":
        form.process(obj=zone)
    return render_form("fleet/zones/edit.html", form, city=city, zone=zone)


@bp.post("/fleet/zones/<city_name>/<uuid:zone_id>/remove")
@only(Role.ADMIN)
@recently_authenticated
def remove(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """An admin removes a zone."""
    city = staff_city_or_404(city_name, Role.ADMIN)
    services.remove_zone(city, zone_id)
    flash(_("The zone is removed."), "info")
    return redirect(url_for(".index", city=city.name), 303)


def _zone_or_404(city: City, zone_id: UUID) -> Zone:
    zones = city_zones(city, max_age_s=0).zones
    return next((zone for zone in zones if zone.id == zone_id), None) or abort(404)


def _make_page(zones: CityZones) -> Page[Zone]:
    """Return a page of the zones in memory, by position."""
    after = number_cursor(request.args.get("after"))
    rows = sorted(zones.zones, key=_zone_cursor)
    if after:
        rows = [zone for zone in rows if _zone_cursor(zone) > after]
    return make_page(rows[: page_size() + 1], _zone_cursor)


def _zone_cursor(zone: Zone) -> tuple[int, UUID]:
    return zone.position, zone.id
