"""The public page of one vehicle."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.anonymity import anonymise
from webapp.fleet.favourites.queries import VehicleForRider, find_vehicle_page
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
        page = find_vehicle_page(current_user.key, vehicle_key)
    else:
        page = VehicleForRider(anonymise(find_listed_vehicle(vehicle_key)), None, None, None)
    vehicle = page.vehicle
    city = city_or_404(vehicle.city)
    return render_template(
        "fleet/vehicle.html",
        vehicle=vehicle,
        row=VehicleRow.copy(vehicle),
        saved=page.saved,
        score=page.score,
        block_reason=page.block_reason,
        city=city,
        city_centre=(city.lat, city.lon),
    )
