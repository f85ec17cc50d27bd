"""The regions in which jobs are."""

import logging
from collections.abc import Sequence

from flask import Flask, current_app
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import DBAPIError

from webapp.db.cache import TimedCache
from webapp.db.errors import is_unavailable
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.jobs.queue import is_open_condition
from webapp.regions.catalogue import list_city_regions, local_region
from webapp.regions.placement import cities_by_region, has_regions, maintenance_engine
from webapp.regions.regional_database import RegionalDatabase

log = logging.getLogger(__name__)

#: How long a process uses the list of regions that it has read, seconds.
MAX_AGE_S = 300
CACHE = "movr_job_regions"


class UnknownJobRegions(DomainError):
    """No city, no setting and no database has these regions; the message lists those that exist."""

    def __init__(self, unknown: list[str], existing: set[str]) -> None:
        super().__init__()
        self.message = (
            f"There is no region {', '.join(unknown)}, only: {', '.join(sorted(existing))}."
        )


def init_app(app: Flask) -> None:
    app.extensions[CACHE] = TimedCache(MAX_AGE_S, max_size=1, keeps_when_unavailable=True)


def list_job_regions() -> list[str]:
    """Return the regions in which jobs may be, by name: also those whose last city has moved away,
    where jobs are left."""
    cache: TimedCache[None, list[str]] = current_app.extensions[CACHE]
    return sorted({*list_city_regions(), local_region(), *cache.get(None, _read_job_regions)})


def _read_job_regions() -> list[str]:
    """Return the regions of the database; where it has none, those of the open jobs."""
    if has_regions():
        return list(db.session.scalars(text("SELECT region FROM [SHOW REGIONS FROM DATABASE]")))
    return [region for region in db.session.scalars(_open_regions_query()) if region]


def _open_regions_query() -> Select[tuple[str | None]]:
    """Return the query of the regions of open jobs: one look into the index for each. The last row
    is None."""
    jobs = table(Job)
    first = select(func.min(jobs.c.region).label("region")).where(is_open_condition())
    regions = first.cte("regions", recursive=True)
    following = (
        select(func.min(jobs.c.region))
        .where(jobs.c.region > regions.c.region, is_open_condition())
        .scalar_subquery()
    )
    regions = regions.union_all(select(following).where(regions.c.region.is_not(None)))
    return select(regions.c.region)


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
