"""The reservation of the account of a token: one at a time."""

from datetime import UTC, datetime
from typing import Annotated

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Key, Money, Timestamp, in_utc, read_key
from webapp.auth.services.email_confirmation import EmailNotConfirmed, check_email_confirmed
from webapp.errors import NotFound
from webapp.fleet.api_schemas import Vehicle, describe_vehicle
from webapp.fleet.pricing.quotes import Quote
from webapp.regions.features import CityClosed, FeatureOff
from webapp.rides.api_terms import AgreedTerms, agree_to_sent_terms
from webapp.rides.refusal_reasons import (
    AgeNotConfirmed,
    BatteryTooLow,
    BlockedByOwner,
    FreeMinutesUsed,
    NotReservable,
    OtherVehicleReserved,
    ReservedRecently,
    RideAlreadyOpen,
    RiderOwes,
    StartForbidden,
    VehicleUnavailable,
)
from webapp.rides.reservations import services
from webapp.rides.reservations.extensions import EXTENSION_MIN
from webapp.rides.terms_agreement import TermsNotAgreed
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_reservation", __name__, url_prefix=f"{V1}/reservation")

RESERVE_PROBLEMS = (
    EmailNotConfirmed, VehicleUnavailable, RideAlreadyOpen, OtherVehicleReserved, ReservedRecently,
    FreeMinutesUsed, NotReservable, StartForbidden, BatteryTooLow, RiderOwes, TermsNotAgreed,
    AgeNotConfirmed, CityClosed, FeatureOff, NotFound, BlockedByOwner,
)  # fmt: skip


class ReservationStart(Body):
    """Which vehicle to reserve."""

    vehicle_id: Key
    agreed_terms: AgreedTerms | None = None


class ReservationExtension(Body):
    """Which reservation to extend."""

    seen_until: Annotated[
        Timestamp, Meta(description="Its end, as it was read: sent twice, it is extended once.")
    ]


class ReservationReference(Answer):
    """Where the reservation is."""

    url: str


class Extension(Answer):
    """What extending a reservation costs."""

    minutes: int
    price: Money


class Reservation(Answer):
    """A reservation that holds."""

    vehicle: Vehicle
    reserved_at: Timestamp
    until: Timestamp
    extension: Annotated[
        Extension | None, Meta(description="Null: it cannot be extended any further.")
    ]


@bp.get("")
@requires_scope(Scope.RIDES_READ)
@operation(Reservation, problems=(NotFound,))
def show() -> Reservation:
    """Show the reservation, with its vehicle."""
    current = services.find_current_reservation(current_user.reservation)
    if current is None:
        raise NotFound
    return Reservation(
        vehicle=describe_vehicle(current.vehicle),
        reserved_at=in_utc(current.reservation.reserved_at),
        until=in_utc(current.reservation.until),
        extension=_describe_extension(current.extension_price),
    )


def _describe_extension(price: Quote | None) -> Extension | None:
    if price is None:
        return None
    money = Money(amount=price.total, currency=price.currency)
    return Extension(minutes=EXTENSION_MIN, price=money)


@bp.post("")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    ReservationReference,
    status=201,
    body=ReservationStart,
    body_example=ReservationStart(vehicle_id="us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a"),
    problems=RESERVE_PROBLEMS,
    is_repeatable=True,
)
def reserve(body: ReservationStart) -> WithHeaders:
    """Reserve an available vehicle.

    It is free of charge for the minutes of the vehicle's price, and ends by itself. Reserving the
    same vehicle again changes nothing.
    """
    vehicle_key = read_key(body.vehicle_id, "/vehicle_id")
    check_email_confirmed(current_user)
    agree_to_sent_terms(body.agreed_terms)
    services.reserve_vehicle(current_user.key, vehicle_key)
    return _refer()


@bp.post("/extend")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    ReservationReference,
    body=ReservationExtension,
    body_example=ReservationExtension(seen_until=datetime(2026, 7, 31, 17, 15, tzinfo=UTC)),
    problems=(services.ReservationOver, services.LongestReservation, CityClosed),
    is_repeatable=True,
)
def extend(body: ReservationExtension) -> WithHeaders:
    """Extend the reservation for its price."""
    if current_user.reservation is None:
        raise services.ReservationOver
    services.extend_reservation(current_user.key, current_user.reservation, body.seen_until)
    return _refer()


@bp.delete("")
@requires_scope(Scope.RIDES_WRITE)
@operation(None, status=204)
def cancel() -> None:
    """Cancel the reservation, if there is one."""
    services.cancel_reservation(current_user.key)


def _refer() -> WithHeaders:
    url = url_for("rides.api_reservation.show")
    return WithHeaders(ReservationReference(url=url), {"Location": url})
