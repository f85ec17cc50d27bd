"""Receipts: what a ride cost, on its page and by mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from webapp import mail
from webapp.fleet.pricing.price import Quote
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride
from webapp.web.security_headers import public_url

if TYPE_CHECKING:
    from webapp.rides.services.end import End


@dataclass(frozen=True)
class Receipt:
    """What the receipt of a ride says. ``ride`` comes with its vehicle and plan."""

    ride: Ride
    ended_at: datetime
    end: Place
    #: None: it was free.
    price: Quote | None
    distance_m: int | None
    #: Of the time it took, what the vehicle stood and waited.
    paused: timedelta
    #: Of the price, what has been given back, minor units.
    refunded: int = 0

    @property
    def number(self) -> str:
        return receipt_number(self.ride.id)

    @property
    def city(self) -> City | None:
        return catalogue().find(self.ride.city)

    @property
    def took(self) -> timedelta:
        return self.ended_at - self.ride.started_at


def receipt_number(ride_id: UUID) -> str:
    """Return the number of a ride's receipt, the same for good: ``1A2B-3C4D-5E6F``."""
    digits = ride_id.hex[:12].upper()
    return "-".join((digits[:4], digits[4:8], digits[8:]))


def receipt_of(ride: Ride, dispute: Dispute | None) -> Receipt:
    """Return the receipt of a ride that has ended.

    dispute: the one about it, if there is one.
    """
    assert ride.ended_at  # noqa: S101 - a running ride has none yet
    priced = ride.currency is not None and ride.price_lines is not None
    return Receipt(
        ride,
        ride.ended_at,
        ride.end,
        Quote.from_json(ride.currency or "", ride.price_lines or []) if priced else None,
        ride.distance_m,
        timedelta(seconds=ride.paused_s),
        dispute.refunded if dispute else 0,
    )


def send_receipt(end: "End", place: Place, parking_fee: int, note: str = "") -> None:
    """Mail the receipt of a ride that has just ended.

    note: what its rider should know besides, such as who ended it.
    """
    mail.send(
        to=end.email,
        template="receipt",
        name=end.first_name,
        receipt=_just_ended(end, place, parking_fee),
        note=note,
        link=public_url("rides.ride", ride=end.ride.key),
    )


def _just_ended(end: "End", place: Place, parking_fee: int) -> Receipt:
    """Nothing is read again: the mail says what has just been written."""
    ride = end.ride
    last_pause = end.moment - ride.paused_at if ride.paused_at else timedelta()
    return Receipt(
        ride,
        ride.started_at + end.length,
        place,
        end.price(parking_fee),
        end.distance(place),
        timedelta(seconds=ride.paused_s) + max(last_pause, timedelta()),
    )
