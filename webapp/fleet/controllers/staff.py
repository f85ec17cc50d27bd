"""The fleet of a city for its staff."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_uuid_cursor
from webapp.fleet.alerts.queries import list_alert_vehicles
from webapp.fleet.alerts.settings import alerts_column, find_threshold
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.controllers.vehicle_details import render_details
from webapp.fleet.forms import StaffFleetForm
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle, list_staff_vehicles
from webapp.forms import render_form
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__)


@bp.get("/fleet/vehicles")
@requires(Permission.VIEW_VEHICLES)
def index() -> ResponseReturnValue:
    """The vehicles of a city that the filter in the address describes, with their owners for those
    who may see persons."""
    form = StaffFleetForm(request.args)
    city = filter_city_or_404(form, Permission.VIEW_VEHICLES)
    vehicle_filter = form.make_vehicle_filter(city)
    shows_owners = current_user.has_permission(Permission.VIEW_RIDERS, city.name)
    page = _read_page(form, vehicle_filter, with_owner=shows_owners)
    query_args = {"city": city.name, **form.query_args}
    return render_form(
        "fleet/staff_vehicles.html",
        form,
        city=city,
        page=page,
        shows_owners=shows_owners,
        query_args=query_args,
    )


def _read_page(
    form: StaffFleetForm, vehicle_filter: VehicleFilter, *, with_owner: bool
) -> Page[ListedVehicle]:
    """Return the page at the cursor of the query string; of an alert the worst first."""
    after, kind = request.args.get("after"), form.alert_kind
    if kind is None:
        return list_staff_vehicles(vehicle_filter, read_uuid_cursor(after), with_owner=with_owner)
    threshold = find_threshold(vehicle_filter.city.name, kind)
    return list_alert_vehicles(kind, vehicle_filter, threshold, after, with_owner=with_owner)


@bp.get("/fleet/vehicles/<key:vehicle_key>")
@requires(Permission.VIEW_VEHICLES)
def show(vehicle_key: RowKey) -> ResponseReturnValue:
    """A vehicle: what can be done with it, what happened to it, its rides and reports."""
    alerts = alerts_column(vehicle_key.region)
    return render_details(
        get_staff_vehicle_details(current_user, vehicle_key, alerts), is_own=False
    )
