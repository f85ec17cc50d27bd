"""Pages of zones: their map layer and their rules for everyone, and a list for admins."""

from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from webapp.db.paging import Page, make_page, number_cursor, page_size
from webapp.edits import save_edit
from webapp.fleet.enums import FormFactor, PropulsionType, VehicleType
from webapp.fleet.zones import services
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.descriptions import describe_elsewhere
from webapp.fleet.zones.forms import ZoneForm
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.forms import render_form
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.translations import request_language
from webapp.web.access import (
    public,
    recently_authenticated,
    requires,
    staff_cities,
    staff_city_or_404,
)
from webapp.web.response_cache import cache_response
from webapp.web.roles import Permission

bp = Blueprint("zones", __name__)

#: How long a browser may keep the map layer without asking, seconds.
MAP_LAYER_MAX_AGE_S = 60


@bp.get("/city/<city_name>/zones.json")
@public
def map_layer(city_name: str) -> ResponseReturnValue:
    """A map gets the zones it draws for a type of vehicle; 304 if it has them already."""
    city, vehicle_type = city_or_404(city_name), _requested_type()
    zones = city_zones(city)
    version = f"{zones.make_version()}-{'.'.join(vehicle_type or ())}-{request_language().locale}"
    response = jsonify(build_map_layer(zones, city.currency, vehicle_type))
    response.set_etag(version, weak=True)  # the same whether compressed or not
    response.cache_control.public = True
    response.cache_control.max_age = MAP_LAYER_MAX_AGE_S
    return cache_response(response, current_app.config["LIVE_MAX_AGE_S"])


@bp.get("/city/<city_name>/zones")
@public
def city_rules(city_name: str) -> ResponseReturnValue:
    """Anyone reads what the zones of a city say, to one type of vehicle or to all."""
    city, vehicle_type = city_or_404(city_name), _requested_type()
    zones = city_zones(city)
    return render_template(
        "fleet/zones/city.html",
        city=city,
        zones=zones,
        page=_make_page(zones, vehicle_type),
        vehicle_type=vehicle_type,
        elsewhere=describe_elsewhere(zones, vehicle_type),
        query_args={"type": ".".join(vehicle_type)} if vehicle_type else {},
    )


def _requested_type() -> VehicleType | None:
    """Return the type in the query string: a form factor, or with a propulsion type."""
    form_factor, _, propulsion_type = request.args.get("type", "").partition(".")
    if not form_factor:
        return None
    if form_factor not in list(FormFactor) or propulsion_type not in ["", *PropulsionType]:
        abort(404)
    return form_factor, propulsion_type


@bp.get("/fleet/zones")
@requires(Permission.CHANGE_ZONES)
def index() -> ResponseReturnValue:
    """Admins see the zones of one of their cities, read from the database."""
    city = staff_city_or_404(request.args.get("city"), Permission.CHANGE_ZONES)
    zones = city_zones(city, max_age_s=0)
    return render_template(
        "fleet/zones/index.html",
        city=city,
        cities=staff_cities(Permission.CHANGE_ZONES),
        zones=zones,
        page=_make_page(zones),
        elsewhere=describe_elsewhere(zones),
        query_args={"city": city.name},
    )


@bp.route("/fleet/zones/<city_name>/<uuid:zone_id>/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
def edit(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """An admin changes the name, the fee or the speed limit of a zone."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    zone = _zone_or_404(city, zone_id, max_age_s=None if request.method == "POST" else 0)
    form = ZoneForm(currency=city.currency, obj=zone)
    if form.validate_on_submit() and _save(form, city, zone):
        flash(_("Saved."), "success")
        return redirect(url_for(".index", city=city.name), 303)
    zones = city_zones(city)
    return render_form("fleet/zones/edit.html", form, city=city, zone=zone, zones=zones)


def _save(form: ZoneForm, city: City, zone: Zone) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        zone,
        fill=lambda stored: ZoneForm(None, currency=city.currency, obj=stored),
        save=lambda stored: services.change_zone(city, stored, form.terms, form.why.data or ""),
        read=lambda: _zone_or_404(city, zone.id),
    )


@bp.post("/fleet/zones/<city_name>/<uuid:zone_id>/remove")
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
def remove(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """An admin removes a zone."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    services.remove_zone(city, zone_id)
    flash(_("Zone removed."), "info")
    return redirect(url_for(".index", city=city.name), 303)


def _zone_or_404(city: City, zone_id: UUID, max_age_s: float | None = 0) -> Zone:
    zones = city_zones(city, max_age_s).zones
    zone = next((zone for zone in zones if zone.id == zone_id), None)
    if zone is None and max_age_s is None:
        return _zone_or_404(city, zone_id)
    return zone or abort(404)


def _make_page(zones: CityZones, vehicle_type: VehicleType | None = None) -> Page[Zone]:
    """Return a page of the zones in memory, by position: those that say something to a type."""
    after = number_cursor(request.args.get("after"))
    rows = sorted(zones.zones, key=_zone_cursor)
    if vehicle_type:
        rows = [zone for zone in rows if zones.find_zone_rule(zone, vehicle_type)]
    if after:
        rows = [zone for zone in rows if _zone_cursor(zone) > after]
    return make_page(rows[: page_size() + 1], _zone_cursor)


def _zone_cursor(zone: Zone) -> tuple[int, UUID]:
    return zone.position, zone.id
