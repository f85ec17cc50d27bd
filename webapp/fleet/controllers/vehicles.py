"""The public page of one vehicle."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.anonymity import anonymise
from webapp.fleet.favourites.queries import find_vehicle_for_rider
from webapp.fleet.queries.vehicles import find_listed_vehicle
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.regions.catalogue import city_or_404
from webapp.web.access import public

bp = Blueprint("vehicles", __name__)


@bp.get("/vehicles/<key:vehicle_key>")
@public
def show(vehicle_key: RowKey) -> ResponseReturnValue:
    """One vehicle: its description, its place, and the button that starts a ride. Visitors find
    those that lists show them; riders also one that is ridden, to wait for it."""
    if current_user.is_authenticated:
        vehicle, saved = find_vehicle_for_rider(current_user.key, vehicle_key)
    else:
        vehicle, saved = anonymise(find_listed_vehicle(vehicle_key)), None
    city = city_or_404(vehicle.city)
    return render_template(
        "fleet/vehicle.html",
        vehicle=vehicle,
        row=VehicleRow.copy(vehicle),
        saved=saved,
        city=city,
        city_centre=(city.lat, city.lon),
    )
