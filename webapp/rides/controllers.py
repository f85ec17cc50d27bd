"""Starting a ride, watching its clock, ending it, and looking back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.access import signed_in
from webapp.auth.services import EmailNotConfirmed, check_confirmed
from webapp.fleet.services import PlaceTooFar
from webapp.keys import RowKey
from webapp.paging import time_cursor
from webapp.regions import catalogue
from webapp.rides import services
from webapp.rides.blueprint import bp
from webapp.rides.forms import EndForm
from webapp.rides.models import Ride


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """A rider looks back on all rides, the newest first."""
    page = services.history(current_user.key, time_cursor(request.args.get("after")))
    return render_template("rides/index.html", page=page)


@bp.get("/<key:ride>")
@signed_in
def ride(ride: RowKey) -> ResponseReturnValue:
    """The running ride with its clock and the form that ends it, or the receipt of an ended one."""
    return _ride_page(services.ride_of(current_user.key, ride), EndForm())


@bp.post("/start/<key:vehicle>")
@signed_in
def start(vehicle: RowKey) -> ResponseReturnValue:
    """A rider takes a vehicle and gets the running ride."""
    try:
        check_confirmed(current_user)
        started = services.start_ride(current_user.key, vehicle)
    except EmailNotConfirmed as refusal:
        return render_template("rides/unconfirmed.html", vehicle=vehicle), refusal.status
    except services.RideAlreadyOpen as busy:
        flash(busy.message, "warning")
        return redirect(url_for(".ride", ride=busy.details["ride"]), 303)
    except services.VehicleUnavailable as taken:
        return render_template("rides/taken.html", **taken.details), taken.status
    return redirect(url_for(".ride", ride=started), 303)


@bp.post("/end/<key:ride>")
@signed_in
def end(ride: RowKey) -> ResponseReturnValue:
    """A rider leaves the vehicle somewhere and gets the receipt."""
    form = EndForm()
    if not form.validate_on_submit():
        return _ride_page(services.ride_of(current_user.key, ride), form)
    try:
        services.end_ride(current_user.key, ride, form.place)
    except PlaceTooFar as error:
        form.address.errors = [error.message]
        return _ride_page(services.ride_of(current_user.key, ride), form)
    flash(_("Thanks for riding. The vehicle is free for the next one."), "success")
    return redirect(url_for(".ride", ride=ride), 303)


def _ride_page(ride: Ride, form: EndForm) -> ResponseReturnValue:
    city = catalogue().find(ride.city)
    if ride.ended_at:  # ended in another tab, whatever was typed here: this is the receipt
        return render_template("rides/receipt.html", ride=ride, city=city)
    page = render_template("rides/running.html", ride=ride, city=city, form=form)
    return page, 422 if form.errors else 200
