"""Reports of an account that has ended, in slices."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.reports.models import Report
from webapp.regions.catalogue import list_city_regions


def anonymise_reports_in_slices(account_key: RowKey) -> None:
    """Remove a person from the reports that they filed, and from those that they look after as
    staff. The reports stay; the hook ``deletion_slices``."""
    for role in ("reporter", "assignee"):
        columns = f"{role}_region", f"{role}_id"
        has_role = key_condition(table(Report), account_key, *columns)
        for region in list_city_regions():
            set_null_in_slices(Report, region, has_role, *columns)
