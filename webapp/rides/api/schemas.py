"""Rides as JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from msgspec import Meta

from webapp.api.values import (
    Answer,
    Body,
    Key,
    Lat,
    Lon,
    Money,
    Position,
    Timestamp,
    in_utc,
    make_position,
)
from webapp.fleet.pricing.plan_terms import MAX_STORED_AMOUNT
from webapp.fleet.pricing.quotes import Quote
from webapp.rides import models
from webapp.rides.api_terms import AgreedTerms
from webapp.rides.forms import MAX_ADDRESS_LENGTH
from webapp.rides.prices import quote_open_ride
from webapp.rides.services.receipts import Receipt, make_receipt
from webapp.translations import gettext as _

#: Nothing that people type has an invisible character (webapp/forms.py).
AddressText = Annotated[
    str, Meta(max_length=MAX_ADDRESS_LENGTH, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]*$")
]


class RideStart(Body):
    """Which vehicle to ride: by its id, or by the code that is printed on it."""

    SCHEMA_RULES: ClassVar[dict[str, Any]] = {
        "if": {"required": ["vehicle_id"], "properties": {"vehicle_id": {"type": "string"}}},
        "then": {"properties": {"code": {"type": "null"}}},
        "else": {"required": ["code"], "properties": {"code": {"type": "string"}}},
    }

    vehicle_id: Key | None = None
    code: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="As typed or scanned; it unlocks the vehicle."),
    ] = None
    plan_id: Annotated[
        UUID | None, Meta(description="The price that the rider has seen; null: any.")
    ] = None
    agreed_terms: AgreedTerms | None = None

    def __post_init__(self) -> None:
        if (self.vehicle_id is None) == (self.code is None):
            raise ValueError(_("Send either vehicle_id or code."))


class RideEnd(Body):
    """Where the vehicle stands."""

    lat: Lat
    lon: Lon
    address: AddressText | None = None
    agreed_fee: Annotated[
        int,
        Meta(ge=0, le=MAX_STORED_AMOUNT, description="The parking fee agreed to, minor units."),
    ] = 0


class RideSummary(Answer):
    """A ride in a list."""

    id: Key
    city: str
    state: Annotated[str, Meta(description="running, paused or ended.")]
    started_at: Timestamp
    ended_at: Timestamp | None
    distance_m: int | None
    price: Annotated[Money | None, Meta(description="Null: it runs, or was free.")]


class ReceiptLine(Answer):
    """A line of a price."""

    kind: Annotated[str, Meta(description="unlock, minutes, cap, parking, tax, ...")]
    amount: Annotated[int, Meta(description="Minor units.")]


class RidePrice(Answer):
    """What a ride costs, tax included: up to now, or in all."""

    total: Money
    tax: Money
    lines: list[ReceiptLine]
    refunded: Money


class Ride(RideSummary):
    """A ride."""

    start: Position | None
    start_address: str | None
    end: Position | None
    end_address: str | None
    duration_s: Annotated[int, Meta(description="Until now, or until its end.")]
    paused_at: Timestamp | None
    receipt_number: Annotated[str | None, Meta(description="Null: it runs.")]
    price_details: Annotated[RidePrice | None, Meta(description="Null: riding is free.")]


def summarise_ride(ride: models.Ride) -> RideSummary:
    """Return a ride of a list as JSON."""
    return RideSummary(**_summary_values(ride))


def describe_ride(ride: models.Ride) -> Ride:
    """Return a ride as JSON. It was read by ``find_ride``."""
    receipt = make_receipt(ride, ride.dispute) if ride.ended_at else None
    duration = receipt.duration if receipt else datetime.now(UTC) - ride.started_at
    quote = receipt.price if receipt else quote_open_ride(ride.plan, duration)
    return Ride(
        **_summary_values(ride),
        start=make_position(ride.start.point),
        start_address=ride.start_address,
        end=make_position(ride.end.point),
        end_address=ride.end_address,
        duration_s=int(duration.total_seconds()),
        paused_at=in_utc(ride.paused_at),
        receipt_number=receipt.number if receipt else None,
        price_details=_describe_price(quote, receipt) if quote else None,
    )


def _describe_price(quote: Quote, receipt: Receipt | None) -> RidePrice:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=quote.currency)

    return RidePrice(
        total=money(quote.total),
        tax=money(quote.tax),
        lines=[ReceiptLine(kind=str(line.kind), amount=line.amount) for line in quote.lines],
        refunded=money(receipt.refunded if receipt else 0),
    )


# Any: the members of a struct.
def _summary_values(ride: models.Ride) -> dict[str, Any]:
    price = None
    if ride.price is not None and ride.currency is not None:
        price = Money(amount=ride.price, currency=ride.currency)
    state = "ended" if ride.ended_at else "paused" if ride.paused_at else "running"
    return {
        "id": str(ride.key),
        "city": ride.city,
        "state": state,
        "started_at": in_utc(ride.started_at),
        "ended_at": in_utc(ride.ended_at),
        "distance_m": ride.distance_m,
        "price": price,
    }
