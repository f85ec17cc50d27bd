"""Blocks in the personal data export: of the rider, and of the owner."""

from webapp.db.keys import RowKey, key_condition
from webapp.personal_data import Conditions, ExportSection
from webapp.rides.blocks.models import RiderBlock
from webapp.translations import lazy_gettext as _l


def _conditions(user_key: RowKey) -> list[Conditions]:
    is_rider = key_condition(RiderBlock, user_key, id="rider_id")
    is_owner = key_condition(RiderBlock, user_key, "owner_region", "owner_id")
    return [[is_rider], [is_owner]]


EXPORT_SECTION = ExportSection(
    name="blocks",
    label=_l("Owners who have blocked you, and riders whom you have blocked"),
    model=RiderBlock,
    columns=("reason", "created_at"),
    conditions=_conditions,
    order=("created_at", "id"),
)
