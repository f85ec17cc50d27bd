"""What riders see who cannot have a vehicle, and where they go on."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.services.registration import EmailNotConfirmed
from webapp.errors import DomainError
from webapp.fleet.pricing.cache import plan_cache
from webapp.rides.refusals import HoldingAnother, RideAlreadyOpen, RiderOwes, VehicleUnavailable
from webapp.rides.reservations.services import HeldJustNow, NotReservable
from webapp.rides.services.start import PriceChanged


def refused(refusal: DomainError, back: str, *, shows_others: bool = True) -> ResponseReturnValue:
    """Return the answer to a rider who wanted a vehicle.

    back: the page of the vehicle that the rider came from.
    shows_others: whether free ones near by are named: they tell where this one is.
    Raises what has no page of its own.
    """
    if isinstance(refusal, EmailNotConfirmed):
        return render_template("rides/unconfirmed.html", back=back), refusal.status
    if isinstance(refusal, VehicleUnavailable):
        details = refusal.details if shows_others else {**refusal.details, "nearest": []}
        return render_template("rides/taken.html", **details), refusal.status
    if isinstance(refusal, PriceChanged):
        plan_cache().forget()  # another server has published it; the page to come shows the new one
    where = {
        RideAlreadyOpen: lambda: url_for("rides.ride", ride=refusal.details["ride"]),
        HoldingAnother: lambda: url_for("rides.reservation"),
        RiderOwes: lambda: url_for("riders.wallet.overview.index"),
        PriceChanged: lambda: back,
        HeldJustNow: lambda: back,
        NotReservable: lambda: back,
    }
    if type(refusal) not in where:
        raise refusal
    flash(refusal.message, "warning")
    return redirect(where[type(refusal)](), 303)
