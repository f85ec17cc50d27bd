"""The fleet of a city for its staff."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import uuid_cursor
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.controllers.vehicle_details import render_details
from webapp.fleet.forms import StaffFleetForm
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_vehicles
from webapp.forms import render_form
from webapp.web.access import only
from webapp.web.roles import Role

bp = Blueprint("staff", __name__)


@bp.get("/fleet")
@only(Role.FLEET)
def index() -> ResponseReturnValue:
    """All vehicles of a city, in any state, with their owners."""
    form = StaffFleetForm(request.args)
    city = filter_city_or_404(form)
    vehicle_filter = VehicleFilter(city, form.states)
    page = list_vehicles(vehicle_filter, uuid_cursor(request.args.get("after")), with_owner=True)
    query_args = {"city": city.name, "state": form.chosen_state}
    return render_form(
        "fleet/staff_vehicles.html", form, city=city, page=page, query_args=query_args
    )


@bp.get("/fleet/vehicles/<key:vehicle_key>")
@only(Role.FLEET)
def show(vehicle_key: RowKey) -> ResponseReturnValue:
    """A vehicle: its code and label, the number of rides, the last reports."""
    return render_details(get_staff_vehicle_details(current_user, vehicle_key), is_own=False)
