"""Sections of the personal data export: what was agreed with an owner."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.rides.earnings.models import RevenueShare
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = [
    ExportSection(
        name="revenue-shares",
        label=_l("Your shares of the price of rides"),
        model=RevenueShare,
        columns=("id", "city", "basis_points", "valid_from", "note", "created_at"),
        conditions=rows_with_key(RevenueShare, "owner_region", "owner_id"),
        order=("created_at", "id"),
    ),
]
