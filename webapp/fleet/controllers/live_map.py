"""The data of the live map, as JSON."""

from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.db.keys import RowKey
from webapp.fleet import live_map
from webapp.fleet.controllers.search import vehicle_filter
from webapp.fleet.forms import ListForm
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.labels import format_price
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.templating import icon, kind
from webapp.web.access import public

bp = Blueprint("live_map", __name__)


@bp.get("/city/<city_name>/vehicles.json")
@public
def vehicles(city_name: str) -> ResponseReturnValue:
    """A map gets what stands in its window, or what has changed there. It is the same for all, so
    that a proxy may keep it for some seconds."""
    city = city_or_404(city_name)
    form = ListForm(request.args, currency=city.currency)
    try:
        window = live_map.Window.parse(request.args.get("bbox", ""))
    except (ValueError, TypeError):
        abort(400)
    if not form.validate():
        abort(400)
    seen = live_map.view(vehicle_filter(city, form), window, request.args.get("since", None, int))
    answer = jsonify(_as_json(seen, city))
    answer.cache_control.public = True
    answer.cache_control.max_age = int(current_app.config["LIVE_MAX_AGE_S"])
    answer.add_etag()
    return answer.make_conditional(request)


def _as_json(seen: live_map.View, city: City) -> dict[str, Any]:
    return {
        "at": seen.at,
        "full": seen.is_full,
        "number": seen.number,
        "vehicles": [_facts(vehicle) for vehicle in seen.vehicles],
        "gone": [str(RowKey(city.region, id_)) for id_ in seen.gone],
        "groups": seen.groups,
    }


def _facts(vehicle: Vehicle) -> list[Any]:
    """What the map shows of a vehicle, in the order in which static/js/live.js reads it."""
    return [
        str(vehicle.public_key),
        vehicle.lat,
        vehicle.lon,
        icon(vehicle.form_factor),
        vehicle.state,
        kind(vehicle),
        format_price(find_plan(vehicle)),
        vehicle.range_m,
    ]
