"""Sections of the personal data export: the shares of an owner, and what was earned. Without
the rides and their times, which are about riders."""

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.personal_data import Conditions, ExportSection, rows_with_key
from webapp.regions.data_regions import list_data_regions
from webapp.rides.earnings.models import OwnerLedgerEntry, RevenueShare
from webapp.translations import lazy_gettext as _l


def _find_entries(owner_key: RowKey) -> list[Conditions]:
    """Return the ``conditions`` of entries, which have the id of the owner alone, in any region."""
    entries = table(OwnerLedgerEntry).c
    return [
        [entries.region == region, entries.owner_id == owner_key.id]
        for region in list_data_regions()
    ]


EXPORT_SECTIONS = [
    ExportSection(
        name="revenue-shares",
        label=_l("Your shares of the price of rides"),
        model=RevenueShare,
        columns=("id", "city", "basis_points", "valid_from", "note", "created_at"),
        conditions=rows_with_key(RevenueShare, "owner_region", "owner_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="earnings",
        label=_l("Your earnings and payouts as an owner, in minor units"),
        model=OwnerLedgerEntry,
        columns=(
            "id", "city", "kind", "currency", "amount", "net_price", "basis_points", "vehicle_id",
            "month", "reversed_entry_id", "note",
        ),
        conditions=_find_entries,
        order=("month", "id"),
    ),
]  # fmt: skip
