"""The revenue share of the demo's owner, and what was earned."""

from datetime import date
from typing import cast
from uuid import UUID

from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.fleet.pricing.quotes import Quote
from webapp.forms import find_midnight
from webapp.ops.demo.rides import PastRide
from webapp.ops.demo.vehicles import VehicleRow
from webapp.regions.models import City
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import BALANCE_SHARDS, OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.services.booking import compute_share, find_month

SHARE_ID = UUID("6d1c7a52-2b0f-4b6e-8f57-6c1a4f0b9d32")
BASIS_POINTS = 3_000


def add_revenue_share(city: City, owner: User) -> None:
    """Set the share of the owner; one that is there already stays."""
    row = {
        "region": city.region,
        "id": SHARE_ID,
        "city": city.name,
        "owner_region": owner.region,
        "owner_id": owner.id,
        "basis_points": BASIS_POINTS,
        "valid_from": find_midnight(date(2026, 1, 1), city.zone),
        "note": "Contract of the first year",
    }
    execute_write(insert(RevenueShare).values(row).on_conflict_do_nothing(), idempotent=True)


def earning_rows(
    rides: list[PastRide], vehicles: list[VehicleRow]
) -> list[tuple[type, list[dict[str, object]]]]:
    """Return the entries of the owners of vehicles for past rides, and the sums of their months."""
    owners = {vehicle["id"]: vehicle["owner_id"] for vehicle in vehicles if vehicle["owner_id"]}
    entries = [
        _make_entry(ride, ride.quote, owners[ride.row["vehicle_id"]])
        for ride in rides
        if ride.quote and ride.row["vehicle_id"] in owners
    ]
    months = [_make_month(entry) for entry in entries]
    return [(OwnerLedgerEntry, entries), (OwnerMonth, months)] if entries else []


def _make_entry(ride: PastRide, quote: Quote, owner_id: UUID) -> dict[str, object]:
    net_price, city = quote.total - quote.tax, str(ride.row["city"])
    return {
        "region": ride.row["region"],
        "id": ride.id,
        "city": city,
        "owner_id": owner_id,
        "kind": OwnerLedgerEntryKind.RIDE.value,
        "currency": quote.currency,
        "amount": compute_share(net_price, BASIS_POINTS),
        "net_price": net_price,
        "basis_points": BASIS_POINTS,
        "ride_id": ride.id,
        "vehicle_id": ride.row["vehicle_id"],
        "month": find_month(ride.ended_at, city),
        "at": ride.ended_at,
    }


def _make_month(entry: dict[str, object]) -> dict[str, object]:
    """Return a shard of a month for one entry; shards add up."""
    names = ("region", "id", "city", "owner_id", "currency", "net_price", "month")
    return {
        **{name: entry[name] for name in names},
        "part": BALANCE_SHARDS + cast(UUID, entry["id"]).int % 10**9,
        "rides": 1,
        "earned": entry["amount"],
        "paid": 0,
    }
