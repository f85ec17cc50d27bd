"""Pages of zones for everyone: their map layer, and their rules in words."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from webapp.db.paging import Page, make_page, page_size, read_number_cursor
from webapp.fleet.enums import FormFactor, PropulsionType, VehicleType
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.descriptions import describe_elsewhere
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.regions.catalogue import city_or_404
from webapp.translations import request_language, request_units
from webapp.web.access import public
from webapp.web.languages import has_language_in_address
from webapp.web.response_cache import cache_response

bp = Blueprint("zones", __name__)

#: How long a browser may keep the map layer without asking, seconds.
MAP_LAYER_MAX_AGE_S = 60


@bp.get("/city/<city_name>/zones.json")
@public
@has_language_in_address
def map_layer(city_name: str) -> ResponseReturnValue:
    """A map gets the zones it draws for a type of vehicle; 304 if it has them already."""
    city, vehicle_type = city_or_404(city_name), _requested_type()
    zones = city_zones(city)
    version = f"{zones.make_version()}-{'.'.join(vehicle_type or ())}"
    version += f"-{request_language().locale}-{request_units()}"
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
        page=make_zone_page(_list_shown_zones(zones, vehicle_type)),
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


def _list_shown_zones(zones: CityZones, vehicle_type: VehicleType | None) -> list[Zone]:
    """Return the zones that apply or will: those that say something to a type."""
    now = datetime.now(UTC)
    rows = [zone for zone in zones.zones if zone.is_imported or not zone.is_over(now)]
    if vehicle_type:
        rows = [zone for zone in rows if zones.find_zone_rule(zone, vehicle_type)]
    return rows


def make_zone_page(zones: Iterable[Zone]) -> Page[Zone]:
    """Return a page of zones in memory, by position."""
    after = read_number_cursor(request.args.get("after"))
    rows = sorted(zones, key=zone_cursor)
    if after:
        rows = [zone for zone in rows if zone_cursor(zone) > after]
    return make_page(rows[: page_size() + 1], zone_cursor)


def zone_cursor(zone: Zone) -> tuple[int, UUID]:
    """Return where a zone stands in a list by position."""
    return zone.position, zone.id
