"""The regions whose jobs a worker is told to run."""

import logging
from collections.abc import Sequence

from flask import current_app
from sqlalchemy.exc import DBAPIError

from webapp.db.errors import is_unavailable
from webapp.errors import DomainError
from webapp.regions.catalogue import local_region
from webapp.regions.placement import cities_by_region, has_regions, maintenance_engine
from webapp.regions.regional_database import RegionalDatabase

log = logging.getLogger(__name__)


class UnknownJobRegions(DomainError):
    """No city, no setting and no database has these regions; the message lists those that exist."""

    def __init__(self, unknown: list[str], existing: set[str]) -> None:
        super().__init__()
        self.message = (
            f"There is no region {', '.join(unknown)}, only: {', '.join(sorted(existing))}."
        )


def check_job_regions(regions: Sequence[str]) -> None:
    """Raise UnknownJobRegions for a region that neither a city, the setting REGION nor the database
    names. While the database does not answer, any is accepted: workers wait for it."""
    if not regions:
        return
    try:
        existing = _read_regions()
    except DBAPIError as error:
        if not is_unavailable(error):
            raise
        log.warning("cannot check the regions: the database does not answer")
        return
    if unknown := [region for region in regions if region not in existing]:
        raise UnknownJobRegions(unknown, existing)


def _read_regions() -> set[str]:
    existing = {current_app.config["REGION"], local_region(), *cities_by_region()}
    if has_regions():
        existing |= set(RegionalDatabase(maintenance_engine()).read_regions().database_regions)
    return existing
