"""Rides, as staff see and end them."""

from datetime import UTC

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.fleet.services.places import PlaceTooFar
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import catalogue
from webapp.rides.forms import StaffEndForm
from webapp.rides.models import Ride
from webapp.rides.services.end_decision import TimeOutsideRide
from webapp.rides.services.staff import end_for_rider, find_staff_ride, list_open_rides
from webapp.rides.vehicle_costs import get_vehicle_costs
from webapp.rides.vehicle_rides import list_vehicle_rides
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("staff", __name__)

#: Rides that last longer are not filtered by their length.
MAX_HOURS = 10_000


@bp.get("/fleet/rides")
@requires(Permission.VIEW_RIDES)
def index() -> ResponseReturnValue:
    """Show a page of a city's open rides, longest first; with ``hours`` only longer ones."""
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_RIDES)
    hours = max(0, min(request.args.get("hours", 0, int), MAX_HOURS))
    page = list_open_rides(city, read_time_cursor(request.args.get("after")), hours)
    return render_template(
        "rides/staff/index.html",
        city=city,
        cities=staff_cities(Permission.VIEW_RIDES),
        page=page,
        hours=hours,
        query_args={"city": city.name, **({"hours": hours} if hours else {})},
    )


@bp.get("/fleet/vehicles/<key:vehicle_key>/rides")
@requires(Permission.VIEW_RIDES)
def vehicle_rides(vehicle_key: RowKey) -> ResponseReturnValue:
    """Show a page of the rides of a vehicle with their riders, newest first."""
    after = read_time_cursor(request.args.get("after"))
    vehicle, page = list_vehicle_rides(current_user, vehicle_key, after)
    city = catalogue().find(vehicle.city)
    return render_template("rides/staff/vehicle.html", vehicle=vehicle, page=page, city=city)


@bp.get("/fleet/vehicles/<key:vehicle_key>/costs")
@requires(Permission.VIEW_VEHICLE_COSTS)
def vehicle_costs(vehicle_key: RowKey) -> ResponseReturnValue:
    """Show what a vehicle has earned and cost, by month."""
    costs = get_vehicle_costs(current_user, vehicle_key)
    return render_template("rides/staff/costs.html", costs=costs)


@bp.route("/fleet/rides/<key:ride_key>/end", methods=["GET", "POST"])
@requires(Permission.END_RIDES)
def end(ride_key: RowKey) -> ResponseReturnValue:
    """End a ride that its rider does not end."""
    staff_ride = find_staff_ride(current_user, ride_key)
    if staff_ride.ride.ended_at:
        return _redirect_to_list(staff_ride.ride, has_ended=False)
    city = catalogue().find(staff_ride.ride.city)
    form = StaffEndForm(city.zone if city else UTC)
    if form.validate_on_submit():
        decision = form.make_decision(staff_ride.ride)
        try:
            has_ended = end_for_rider(current_user.key, staff_ride, form.place, decision)
            return _redirect_to_list(staff_ride.ride, has_ended=has_ended)
        except PlaceTooFar as refusal:
            form.lat.errors = [refusal.message]
        except TimeOutsideRide as refusal:
            add_refusal(form, refusal)
    return render_form("rides/staff/end.html", form, staff_ride=staff_ride, city=city)


def _redirect_to_list(ride: Ride, *, has_ended: bool) -> ResponseReturnValue:
    if has_ended:
        flash(_("Ride ended. The rider gets the receipt by e-mail."), "success")
    else:
        flash(_("This ride had already ended."), "info")
    return redirect(url_for("rides.staff.index", city=ride.city), 303)
