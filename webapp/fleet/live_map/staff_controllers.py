"""The map of a city's vehicles for staff, with the filter of their list."""

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.forms import StaffFleetForm
from webapp.fleet.labels import icon_name, vehicle_name, vehicle_state_label
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.staff_services import StaffMapVehicle, read_staff_map
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.forms import render_form
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("staff_map", __name__)

#: The bounding box of a request without one: all vehicles of the city.
EVERYWHERE = "-90,-180,90,180"


@bp.get("/fleet/map")
@requires(Permission.VIEW_VEHICLES)
def index() -> ResponseReturnValue:
    """The map; its filter is in the address. Without JavaScript the list has the same."""
    form = StaffFleetForm(request.args)
    city = filter_city_or_404(form, Permission.VIEW_VEHICLES)
    query_args = {"city": city.name, **form.query_args}
    return render_form("fleet/staff_map.html", form, city=city, query_args=query_args)


@bp.get("/fleet/map.json")
@requires(Permission.VIEW_VEHICLES)
def vehicles() -> ResponseReturnValue:
    """The vehicles in the bounding box of the map, or clusters of many; while nothing has changed
    the answer is a 304."""
    form = StaffFleetForm(request.args)
    city = filter_city_or_404(form, Permission.VIEW_VEHICLES)
    try:
        box = BoundingBox.parse(request.args.get("bbox", EVERYWHERE))
    except (ValueError, TypeError):
        abort(400)
    if form.errors:
        abort(400)
    vehicle_filter = form.make_vehicle_filter(city)
    data = read_staff_map(vehicle_filter, form.alert_kind, box)
    response = jsonify(
        number=data.vehicle_count,
        more=data.has_more,
        vehicles=[_make_json(each) for each in data.vehicles],
        groups=data.clusters,
    )
    response.add_etag(weak=True)  # the same whether compressed or not
    return response.make_conditional(request)


def _make_json(shown: StaffMapVehicle) -> list[object]:
    """Return a vehicle as an array; static/js/staff_map.js reads it in this order."""
    vehicle = shown.vehicle
    return [
        str(vehicle.key),
        vehicle.lat,
        vehicle.lon,
        icon_name(vehicle),
        vehicle.current_state,
        f"{vehicle_name(vehicle)} {format_code(vehicle.code)}",
        vehicle_state_label(vehicle.current_state),
        vehicle.battery_percent,
        [str(ALERT_LABELS[kind]) for kind in shown.alerts],
    ]
