"""Bulk actions when the account that started them is deleted."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.bulk_actions.models import BulkAction
from webapp.regions.catalogue import list_city_regions


def anonymise_bulk_actions_in_slices(account_key: RowKey) -> None:
    """Remove a person from the bulk actions that they started, which stay; the hook
    ``deletion_slices``."""
    columns = "creator_region", "creator_id"
    is_creator = key_condition(table(BulkAction), account_key, *columns)
    for region in list_city_regions():
        set_null_in_slices(BulkAction, region, is_creator, *columns)
