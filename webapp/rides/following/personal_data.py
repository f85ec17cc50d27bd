"""What a person follows: in the personal data export, and when an account ends."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import delete_in_slices
from webapp.db.types import table
from webapp.personal_data import ExportSection, rows_with_key
from webapp.rides.following.models import Follow
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="follows",
    label=_l("Places and owners that you follow"),
    model=Follow,
    # Without notified_at, which would tell which follows are of the same owner.
    columns=("region", "city", "label", "lat", "lon", "radius_m", "form_factor", "created_at"),
    conditions=rows_with_key(Follow, "rider_region", "rider_id"),
    order=("created_at", "id"),
)  # fmt: skip


def delete_follows_of_owner_in_slices(owner_key: RowKey) -> None:
    """Delete the rows of riders who follow an owner; the hook ``deletion_slices``. The few places
    and owners that the account itself follows go with it."""
    is_of_owner = key_condition(table(Follow), owner_key, id="owner_id")
    delete_in_slices(Follow, owner_key.region, is_of_owner)
