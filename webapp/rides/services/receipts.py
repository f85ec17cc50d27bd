"""Receipts: what a ride cost, on its page and by mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from webapp.fleet.pricing.quotes import Quote
from webapp.jobs.kinds import JobKind, KeyPayload, count_attempts
from webapp.mail import PATIENCE
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride


@dataclass(frozen=True)
class ReceiptMail(KeyPayload):
    """The key of a ride."""

    #: Jobs of former releases have a text for the rider here.
    note: str = ""


#: The mail; run by ``send_receipt`` in webapp/rides/jobs.py.
RECEIPT = JobKind("receipt", ReceiptMail, max_attempts=count_attempts(PATIENCE))


@dataclass(frozen=True)
class Receipt:
    """The contents of a receipt."""

    #: With its vehicle and plan.
    ride: Ride
    ended_at: datetime
    end: Place
    #: None: the ride was free.
    price: Quote | None
    distance_m: int | None
    #: The part of the duration for which the ride was paused.
    paused: timedelta
    #: The part of the price that was refunded, minor units.
    refunded: int = 0

    @property
    def number(self) -> str:
        return receipt_number(self.ride.id)

    @property
    def city(self) -> City | None:
        return catalogue().find(self.ride.city)

    @property
    def duration(self) -> timedelta:
        return self.ended_at - self.ride.started_at


def receipt_number(ride_id: UUID) -> str:
    """Return the number of a ride's receipt, like ``1A2B-3C4D-5E6F``. It never changes."""
    digits = ride_id.hex[:12].upper()
    return "-".join((digits[:4], digits[4:8], digits[8:]))


def make_receipt(ride: Ride, dispute: Dispute | None) -> Receipt:
    """Return the receipt of an ended ride.

    dispute: the one about the ride, if any.
    """
    assert ride.ended_at  # noqa: S101 - an open ride has no receipt
    has_price = ride.currency is not None and ride.price_lines is not None
    return Receipt(
        ride,
        ride.ended_at,
        ride.end,
        Quote.from_json(ride.currency or "", ride.price_lines or []) if has_price else None,
        ride.distance_m,
        timedelta(seconds=ride.paused_s),
        dispute.refunded if dispute else 0,
    )
