"""Reports of an account that has ended, in slices."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import execute_in_slices, in_slice_condition
from webapp.db.types import table
from webapp.fleet.reports.models import Report
from webapp.regions.catalogue import list_city_regions


def anonymise_reports_in_slices(reporter_key: RowKey) -> None:
    """Remove a person from their reports, which stay; the hook ``deletion_slices``."""
    for region in list_city_regions():
        execute_in_slices(anonymise_reports_statement(reporter_key, region))


def anonymise_reports_statement(reporter_key: RowKey, region: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that removes the reporter from some reports."""
    reports = table(Report)
    is_reporter = key_condition(reports, reporter_key, "reporter_region", "reporter_id")
    return (
        update(reports)
        .where(in_slice_condition(Report, region, is_reporter))
        .values(reporter_region=None, reporter_id=None)
        .returning(reports.c.id)
    )
