"""Notes when the account of who wrote them is deleted. Those about the account go with it."""

from webapp.auth.notes.models import AccountNote
from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.regions.catalogue import list_city_regions


def anonymise_notes_in_slices(account_key: RowKey) -> None:
    """Remove a person from the notes that they wrote, which stay; the hook ``deletion_slices``."""
    columns = "author_region", "author_id"
    is_author = key_condition(table(AccountNote), account_key, *columns)
    for region in list_city_regions():
        set_null_in_slices(AccountNote, region, is_author, *columns)
