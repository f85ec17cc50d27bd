"""Reserve a vehicle, see the countdown, extend and cancel the reservation."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.regions.catalogue import catalogue
from webapp.rides.refusal_pages import refusal_page
from webapp.rides.reservations import services
from webapp.rides.reservations.extensions import EXTENSION_MIN
from webapp.rides.reservations.forms import ExtendForm
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.queries import read_refund
from webapp.rides.start_form import StartForm, agree_to_shown_terms
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("reservations", __name__)


@bp.post("/rides/reserve/<key:vehicle_key>")
@signed_in
def reserve(vehicle_key: RowKey) -> ResponseReturnValue:
    """Reserve a vehicle."""
    try:
        check_email_confirmed(current_user)
        agree_to_shown_terms(StartForm())
        services.reserve_vehicle(current_user.key, vehicle_key)
    except DomainError as refusal:
        return refusal_page(refusal, url_for("fleet.vehicles.show", vehicle_key=vehicle_key))
    return redirect(url_for("rides.reservations.show"), 303)


@bp.get("/rides/reservation")
@signed_in
def show() -> ResponseReturnValue:
    """Show the reserved vehicle, the time that is left, and the button that starts the ride."""
    reservation: Reservation | None = current_user.reservation
    if reservation is None or not reservation.is_active:
        is_withdrawn = reservation is not None and reservation.is_withdrawn
        refund = read_refund(reservation) if reservation and is_withdrawn else ""
        return render_template(
            "rides/reservations/over.html", is_withdrawn=is_withdrawn, refund=refund
        )
    current = services.find_current_reservation(reservation)
    if current is None:  # taken out of service since
        return render_template("rides/reservations/over.html", is_withdrawn=True, refund="")
    return render_template(
        "rides/reservations/show.html",
        reservation=reservation,
        vehicle=current.vehicle,
        city=catalogue().find(current.vehicle.city),
        extension_min=EXTENSION_MIN,
        extension_price=current.extension_price,
    )


@bp.post("/rides/reservation/longer")
@signed_in
def extend() -> ResponseReturnValue:
    """Extend the reservation for a price."""
    reservation, seen_until = current_user.reservation, ExtendForm().seen_until
    try:
        if reservation is None or seen_until is None:
            raise services.ReservationOver
        services.extend_reservation(current_user.key, reservation, seen_until)
    except (services.ReservationOver, services.LongestReservation) as refusal:
        flash(refusal.message, "warning")
    return redirect(url_for("rides.reservations.show"), 303)


@bp.post("/rides/reservation/cancel")
@signed_in
def cancel() -> ResponseReturnValue:
    """Cancel the reservation."""
    services.cancel_reservation(current_user.key)
    flash(_("Reservation cancelled."), "info")
    return redirect(url_for("fleet.search.home"), 303)
