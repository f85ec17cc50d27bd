"""Holding a vehicle, watching the countdown, and letting it go."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.services.registration import check_confirmed
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.regions.catalogue import catalogue
from webapp.rides.blueprint import bp
from webapp.rides.controllers.refusals import refused
from webapp.rides.reservations import services
from webapp.rides.reservations.forms import LongerForm
from webapp.web.access import signed_in


@bp.post("/rides/reserve/<key:vehicle>")
@signed_in
def reserve(vehicle: RowKey) -> ResponseReturnValue:
    """A rider holds a vehicle and gets the page with the countdown."""
    try:
        check_confirmed(current_user)
        services.reserve(current_user.key, vehicle)
    except DomainError as refusal:
        return refused(refusal, url_for("fleet.vehicles.show", vehicle_key=vehicle))
    return redirect(url_for(".reservation"), 303)


@bp.get("/rides/reservation")
@signed_in
def reservation() -> ResponseReturnValue:
    """The vehicle that waits for the rider, how long it does, and the button that starts."""
    held = current_user.reservation
    if held is None or not held.holds:
        return render_template("rides/reservation_over.html")
    vehicle, plan = services.reserved_vehicle(held)
    if vehicle.reserved_until != held.until:  # taken out of service since
        return render_template("rides/reservation_over.html", out_of_service=True)
    can_be_longer = plan and held.until < services.longest(held, plan)
    return render_template(
        "rides/reservation.html",
        held=held,
        vehicle=vehicle,
        city=catalogue().find(vehicle.city),
        longer_min=services.LONGER_MIN,
        longer_price=services.price_of_longer(plan) if plan and can_be_longer else None,
    )


@bp.post("/rides/reservation/longer")
@signed_in
def hold_longer() -> ResponseReturnValue:
    """A rider pays for some more minutes."""
    held, seen = current_user.reservation, LongerForm().seen_until
    try:
        if held is None or seen is None:
            raise services.ReservationOver
        services.hold_longer(current_user.key, held, seen)
    except (services.ReservationOver, services.HeldLongEnough) as refusal:
        flash(refusal.message, "warning")
    return redirect(url_for(".reservation"), 303)


@bp.post("/rides/reservation/cancel")
@signed_in
def cancel_reservation() -> ResponseReturnValue:
    """A rider lets the vehicle go."""
    services.cancel(current_user.key)
    flash(_("The vehicle is free for others again."), "info")
    return redirect(url_for("fleet.search.home"), 303)
