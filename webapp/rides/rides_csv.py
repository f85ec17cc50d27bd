"""The columns of the file rides.csv, in which riders download their rides."""

from decimal import Decimal

from webapp.fleet.labels import vehicle_name
from webapp.fleet.pricing.labels import plan_label
from webapp.money import format_plain_amount
from webapp.rides.models import Ride
from webapp.rides.services.receipts import make_receipt
from webapp.templating import describe_place

#: Times are local times of the ride's city; amounts are in the currency's major unit.
COLUMNS = (
    "receipt", "started_at", "ended_at", "city", "vehicle", "start", "end", "duration_s",
    "paused_s", "distance_m", "plan", "price", "refunded", "currency", "rating", "rating_note",
)  # fmt: skip


def csv_row(ride: Ride) -> dict[str, object]:
    """Return the values of ``COLUMNS`` for an ended ride, loaded with vehicle, plan and dispute."""
    receipt = make_receipt(ride, ride.dispute)
    zone = receipt.city.zone if receipt.city else None
    return {
        **{name: getattr(ride, name) for name in COLUMNS if hasattr(ride, name)},
        "receipt": receipt.number,
        "started_at": ride.started_at.astimezone(zone),
        "ended_at": receipt.ended_at.astimezone(zone),
        "vehicle": vehicle_name(ride.vehicle),
        "start": describe_place(ride.start, receipt.city),
        "end": describe_place(ride.end, receipt.city),
        "duration_s": int(receipt.duration.total_seconds()),
        "plan": plan_label(ride.plan) if ride.plan else None,
        "price": _convert_amount(ride.price, ride.currency),
        "refunded": _convert_amount(receipt.refunded, ride.currency),
    }


def _convert_amount(amount: int | None, currency: str | None) -> Decimal | None:
    if amount is None or currency is None:
        return None
    return Decimal(format_plain_amount(amount, currency))
