"""The revenue share of the demo's owner."""

from datetime import UTC, datetime
from uuid import UUID

from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.regions.models import City
from webapp.rides.earnings.models import RevenueShare

SHARE_ID = UUID("6d1c7a52-2b0f-4b6e-8f57-6c1a4f0b9d32")
BASIS_POINTS = 3_000


def add_revenue_share(city: City, owner: User) -> None:
    """Agree a share with the owner; one that is there already stays."""
    row = {
        "region": city.region,
        "id": SHARE_ID,
        "city": city.name,
        "owner_region": owner.region,
        "owner_id": owner.id,
        "basis_points": BASIS_POINTS,
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "note": "Contract of the first year",
    }
    execute_write(insert(RevenueShare).values(row).on_conflict_do_nothing(), idempotent=True)
