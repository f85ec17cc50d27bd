"""The regions in which rows may be: also those whose last city has moved away. Events and jobs stay
there until the region is dropped."""

from flask import Flask, current_app
from sqlalchemy import Select, Table, func, select, text, union

from webapp.db.cache import TimedCache
from webapp.db.types import ON_REGION_DROP, OnRegionDrop
from webapp.extensions import Base, db
from webapp.regions.catalogue import list_city_regions, local_region
from webapp.regions.placement import has_regions

#: How long a process uses the list of regions that it has read, seconds.
MAX_AGE_S = 30
CACHE = "movr_data_regions"


def init_app(app: Flask) -> None:
    app.extensions[CACHE] = TimedCache(MAX_AGE_S, max_size=1, keeps_when_unavailable=True)


def data_regions_cache() -> TimedCache[None, list[str]]:
    """Return the regions that the current application has read."""
    cache: TimedCache[None, list[str]] = current_app.extensions[CACHE]
    return cache


def list_data_regions() -> list[str]:
    """Return the regions in which rows may be, by name."""
    read = data_regions_cache().get(None, read_data_regions)
    return sorted({*list_city_regions(), local_region(), *read})


def read_data_regions() -> list[str]:
    """Return the regions of the database; where it has none, those of the rows that are left when
    a city moves."""
    if has_regions():
        return list(db.session.scalars(text("SELECT region FROM [SHOW REGIONS FROM DATABASE]")))
    left = [rows for rows in Base.metadata.sorted_tables if _is_left(rows)]
    return list(db.session.scalars(union(*map(_regions_query, left))))


def _is_left(rows: Table) -> bool:
    return rows.info.get(ON_REGION_DROP) is OnRegionDrop.MOVE


def _regions_query(rows: Table) -> Select[tuple[str]]:
    """Return the query of the regions of a table: one look into its key for each."""
    regions = select(func.min(rows.c.region).label("region")).cte(
        f"regions_of_{rows.name}", recursive=True
    )
    following = select(func.min(rows.c.region)).where(rows.c.region > regions.c.region)
    regions = regions.union_all(
        select(following.scalar_subquery()).where(regions.c.region.is_not(None))
    )
    return select(regions.c.region).where(regions.c.region.is_not(None))
