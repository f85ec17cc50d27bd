"""The data of the live map, as JSON."""

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.anonymity import make_anonymous_copy
from webapp.fleet.controllers.search import make_vehicle_filter
from webapp.fleet.forms import SearchForm
from webapp.fleet.labels import icon_name, vehicle_name
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import MapData, data_age_s, read_map
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.labels import find_priced_types, list_prices
from webapp.fleet.ranges import has_low_range
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.fleet.vehicle_types.start_battery import has_start_battery
from webapp.fleet.zones.cache import may_start
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.web.access import public
from webapp.web.languages import has_language_in_address
from webapp.web.response_cache import cache_response

bp = Blueprint("live_map", __name__)


@bp.get("/city/<city_name>/vehicles.json")
@public
@has_language_in_address
def vehicles(city_name: str) -> ResponseReturnValue:
    """The vehicles in the bounding box of a map, or what has changed there. The answer is the same
    for everybody, so that a proxy may cache it."""
    city = city_or_404(city_name)
    form = SearchForm(request.args, currency=city.currency)
    try:
        box = BoundingBox.parse(request.args.get("bbox", ""))
    except (ValueError, TypeError):
        abort(400)
    if not form.validate():
        abort(400)
    # Riders search by brand, too: then the answer is theirs.
    is_for_rider = bool(form.q.data or form.range_m) and current_user.is_authenticated
    vehicle_filter = make_vehicle_filter(city, form, is_anonymous=not is_for_rider)
    data = read_map(vehicle_filter, box, request.args.get("since", None, int))
    response = jsonify(_make_map_json(data, city))
    if form.q.data or form.range_m:
        response.vary.add("Cookie")
        return response.make_conditional(request)
    max_age_s: float = current_app.config["LIVE_MAX_AGE_S"]
    response.cache_control.public = True
    response.cache_control.max_age = int(max_age_s)
    response.add_etag(weak=True)  # the same whether compressed or not
    return cache_response(response, max_age_s - data_age_s(data))


def _make_map_json(data: MapData, city: City) -> dict[str, object]:
    return {
        "at": data.at,
        "full": data.is_full,
        "number": data.vehicle_count,
        "vehicles": [_make_vehicle_json(vehicle) for vehicle in data.vehicles],
        "gone": [str(RowKey(city.region, public_id)) for public_id in data.removed_ids],
        "groups": data.clusters,
        "prices": {
            price.plan_id: price.price for price in list_prices(find_priced_types(data.vehicles))
        },
    }


def _make_vehicle_json(exact: VehicleRow) -> list[str | float | bool | None]:
    """Return a vehicle as everybody may see it, as an array; static/js/live_vehicles.js reads it
    in this order."""
    vehicle = make_anonymous_copy(exact)
    plan = find_plan(vehicle)
    return [
        str(vehicle.public_key),
        vehicle.lat,
        vehicle.lon,
        icon_name(vehicle),
        vehicle.state,
        vehicle_name(vehicle),
        str(plan.id) if plan else "",
        vehicle.range_m,
        has_low_range(vehicle),
        vehicle.battery_percent,
        may_start(exact) and has_start_battery(exact),
    ]
