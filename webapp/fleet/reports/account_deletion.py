"""Reports of an account that has ended, in slices."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.reports.models import Report
from webapp.regions.catalogue import list_city_regions


def anonymise_reports_in_slices(reporter_key: RowKey) -> None:
    """Remove a person from their reports, which stay; the hook ``deletion_slices``."""
    is_reporter = key_condition(table(Report), reporter_key, "reporter_region", "reporter_id")
    for region in list_city_regions():
        set_null_in_slices(Report, region, is_reporter, "reporter_region", "reporter_id")
