"""Versions of zones when the account of who wrote them is deleted: they stay."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.zones.models import ZoneVersion
from webapp.regions.catalogue import list_city_regions


def anonymise_versions_in_slices(account_key: RowKey) -> None:
    """Remove a person from the versions that they wrote; the hook ``deletion_slices``."""
    columns = "author_region", "author_id"
    is_author = key_condition(table(ZoneVersion), account_key, *columns)
    for region in list_city_regions():
        set_null_in_slices(ZoneVersion, region, is_author, *columns)
