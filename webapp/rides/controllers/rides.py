"""Starting a ride, watching its clock, ending it, and looking back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.services.registration import check_confirmed
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import DomainError
from webapp.fleet.pricing.price import forecast_price, quote_ride
from webapp.fleet.unlock_codes.services import vehicle_with_code
from webapp.forms import blame
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue
from webapp.rides import queries as services
from webapp.rides.blueprint import bp
from webapp.rides.controllers.receipts import receipt_page
from webapp.rides.controllers.refusals import refused
from webapp.rides.forms import EndForm, StartForm
from webapp.rides.models import Ride
from webapp.rides.services import pause as pausing
from webapp.rides.services.end import ParkingCosts, ParkingForbidden, end_ride
from webapp.rides.services.start import start_ride
from webapp.web.access import signed_in


@bp.get("/rides")
@signed_in
def index() -> ResponseReturnValue:
    """A rider looks back on all rides, the newest first."""
    page = services.history(current_user.key, time_cursor(request.args.get("after")))
    return render_template("rides/index.html", page=page)


@bp.get("/rides/<key:ride>")
@signed_in
def ride(ride: RowKey) -> ResponseReturnValue:
    """The running ride with its clock and the form that ends it, or the receipt of an ended one."""
    return _ride_page(services.ride_of(current_user.key, ride), EndForm())


@bp.post("/rides/start/<key:vehicle>")
@signed_in
def start(vehicle: RowKey) -> ResponseReturnValue:
    """A rider takes a vehicle and gets the running ride."""
    try:
        return _start(vehicle)
    except DomainError as refusal:
        return refused(refusal, url_for("fleet.vehicles.show", vehicle_key=vehicle))


@bp.post("/v/<code>")
@signed_in
def unlock(code: str) -> ResponseReturnValue:
    """The same with the code that stands on the vehicle."""
    vehicle = vehicle_with_code(code, current_user, request.remote_addr).public_key
    try:
        return _start(vehicle)
    except DomainError as refusal:
        return refused(refusal, request.path, shows_others=False)


def _start(vehicle: RowKey) -> ResponseReturnValue:
    check_confirmed(current_user)
    started = start_ride(current_user.key, vehicle, StartForm().seen_plan)
    return redirect(url_for(".ride", ride=started), 303)


@bp.post("/rides/pause/<key:ride>")
@signed_in
def pause(ride: RowKey) -> ResponseReturnValue:
    """A rider leaves the vehicle for a while; it stays theirs, and the price goes on."""
    pausing.pause(current_user.key, ride)
    return redirect(url_for(".ride", ride=ride), 303)


@bp.post("/rides/resume/<key:ride>")
@signed_in
def resume(ride: RowKey) -> ResponseReturnValue:
    """A rider goes on."""
    pausing.resume(current_user.key, ride)
    return redirect(url_for(".ride", ride=ride), 303)


@bp.post("/rides/end/<key:ride>")
@signed_in
def end(ride: RowKey) -> ResponseReturnValue:
    """A rider leaves the vehicle somewhere and gets the receipt."""
    form = EndForm()
    if form.validate_on_submit():
        try:
            end_ride(current_user.key, ride, form.place, form.agreed.data or 0)
        except DomainError as refusal:
            if refusal.status != 422:
                raise
            blame(form, refusal)
        else:
            flash(_("Thanks for riding. The vehicle is free for the next one."), "success")
            return redirect(url_for(".ride", ride=ride), 303)
    return _ride_page(services.ride_of(current_user.key, ride), form)


def _ride_page(ride: Ride, form: EndForm) -> ResponseReturnValue:
    city = catalogue().find(ride.city)
    if ride.ended_at:  # ended in another tab, whatever was typed here: this is the receipt
        return receipt_page(ride)
    lasts = datetime.now(UTC) - ride.started_at
    price = quote_ride(ride.plan.tariff, lasts) if ride.plan else None
    page = render_template(
        "rides/running.html",
        ride=ride,
        city=city,
        form=form,
        lasts=lasts,
        price=price,
        steps=_shown_steps(ride, lasts),
        reminds=lasts.total_seconds() > current_app.config["RIDE_REMIND_S"],
        parking=_parking(form),
    )
    return page, 422 if form.errors else 200


def _shown_steps(ride: Ride, lasts: timedelta) -> list[tuple[int, str]]:
    """Return when the price rises next, and what will stand there."""
    if ride.plan is None:
        return []
    tariff = ride.plan.tariff
    return [
        (moment, format_amount(total, tariff.currency))
        for moment, total in forecast_price(tariff, lasts)
    ]


def _parking(form: EndForm) -> dict[str, Any]:
    """Return what the rider should know about the place where the ride could not end."""
    refusal = getattr(form, "refusal", None)
    if isinstance(refusal, ParkingForbidden | ParkingCosts):
        return refusal.details
    return {}
