"""The response to a rider who cannot have a vehicle (webapp/rides/refusal_reasons.py)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.errors import DomainError
from webapp.fleet.pricing.cache import plan_cache
from webapp.regions.features import CityClosed, FeatureOff
from webapp.rides.refusal_reasons import (
    AgeNotConfirmed,
    BatteryTooLow,
    BlockedByOwner,
    FreeMinutesUsed,
    NotReservable,
    OtherVehicleReserved,
    PriceChanged,
    ReservedRecently,
    RideAlreadyOpen,
    RiderOwes,
    StartForbidden,
    VehicleUnavailable,
)
from webapp.rides.terms_agreement import TermsNotAgreed, find_agreement


def refusal_page(
    refusal: DomainError, vehicle_url: str, *, shows_nearest: bool = True
) -> ResponseReturnValue:
    """Return the page that explains a refusal, or a redirect to where the rider can go on.

    vehicle_url: the page of the vehicle that the rider wanted.
    shows_nearest: whether free vehicles near by are listed. They tell where this vehicle is.

    Raises ``refusal`` itself when it has no page of its own.
    """
    if isinstance(refusal, EmailNotConfirmed):
        return render_template("rides/email_unconfirmed.html", back_url=vehicle_url), refusal.status
    if isinstance(refusal, VehicleUnavailable):
        details = refusal.details if shows_nearest else {**refusal.details, "nearest": []}
        page = render_template("rides/vehicle_unavailable.html", refusal=refusal, **details)
        return page, refusal.status
    if isinstance(refusal, TermsNotAgreed):
        return _agreement_page(refusal, vehicle_url)
    if isinstance(refusal, PriceChanged):
        plan_cache().forget()  # published by another server: the next page shows the new price
    url = _next_url(refusal, vehicle_url)
    if url is None:
        raise refusal
    flash(refusal.message, "warning")
    return redirect(url, 303)


def _agreement_page(refusal: TermsNotAgreed, vehicle_url: str) -> ResponseReturnValue:
    """Return the page that shows what has changed in the terms, with a button that agrees and goes
    on with what was refused."""
    page = render_template(
        "rides/agree_to_terms.html",
        refusal=refusal,
        **find_agreement(refusal)._asdict(),
        back_url=vehicle_url,
        url=request.path,
        is_reservation=request.endpoint == "rides.reservations.reserve",
        seen_plan=request.form.get("plan", ""),
    )
    return page, refusal.status


def _next_url(refusal: DomainError, vehicle_url: str) -> str | None:
    match refusal:
        case AgeNotConfirmed():
            return url_for(
                "riders.ages.confirm", city_name=refusal.details["city"], next=vehicle_url
            )
        case RideAlreadyOpen():
            return url_for("rides.ride.show", ride_key=refusal.details["ride_key"])
        case OtherVehicleReserved():
            return url_for("rides.reservations.show")
        case BlockedByOwner():
            return url_for("rides.blocks.own")
        case RiderOwes():
            return url_for("riders.wallet.overview.index")
        case (
            PriceChanged()
            | ReservedRecently()
            | FreeMinutesUsed()
            | NotReservable()
            | StartForbidden()
            | BatteryTooLow()
            | CityClosed()
            | FeatureOff()
        ):
            return vehicle_url
    return None
