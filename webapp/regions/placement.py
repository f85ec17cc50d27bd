"""Which regions the database has, and the rules for adding and dropping one.

CockroachDB keeps each row in its region. PostgreSQL has one place for all rows: there the regions
are those that the catalogue names.
"""

import re
from typing import NamedTuple

from flask import current_app
from sqlalchemy import Engine, create_engine, pool
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from webapp.db.errors import sqlstate
from webapp.db.keys import REGION_PATTERN
from webapp.db.local import local_database
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.regions.regional_database import (
    PlacementRefused,
    RegionalDatabase,
    Regions,
    quote_identifier,
)

#: Names of regions are part of URLs (webapp/db/keys.py).
REGION_NAME = re.compile(REGION_PATTERN)
#: ``survive region`` keeps each row's majority when one region is lost.
REGIONS_TO_SURVIVE = 3

UNDEFINED_TABLE = "42P01"


def has_regions() -> bool:
    """Tell whether the database can have regions: PostgreSQL cannot."""
    return _find_database_url().get_backend_name() == "cockroachdb"


def group_cities_by_region() -> dict[str, list[City]]:
    """Return the cities of the catalogue by region; none before the tables are created."""
    by_region: dict[str, list[City]] = {}
    try:
        cities = catalogue().all()
    except DBAPIError as error:
        if sqlstate(error) != UNDEFINED_TABLE:
            raise
        cities = []
    for city in cities:
        by_region.setdefault(city.region, []).append(city)
    return by_region


def check_no_cities(region: str) -> None:
    """Raise PlacementRefused when a city lives in the region."""
    if cities := group_cities_by_region().get(region):
        names = ", ".join(city_label(city) for city in cities)
        raise PlacementRefused(
            f"Cities still live in '{region}': {names}."
            " Move them first: flask cities move NAME --region R."
        )


def check_region(region: str) -> None:
    """Raise PlacementRefused when no city can live in that region."""
    if not REGION_NAME.fullmatch(region):
        raise PlacementRefused(
            "A region's name has 1 to 32 letters, digits, hyphens and underscores."
        )
    if has_regions():
        regions = RegionalDatabase(make_maintenance_engine()).read_regions().database_regions
        if region not in regions:
            raise PlacementRefused(
                f"The database has no region '{region}', only: {', '.join(regions) or 'none'}."
                f" Add it with 'flask regions add {region}'."
            )


def _find_database_url() -> URL:
    url: URL = current_app.config["SQLALCHEMY_DATABASE_URI"]
    return url


def make_maintenance_engine() -> Engine:
    """Return an AUTOCOMMIT engine for statements that take minutes: it has no statement timeout."""
    if local_server := local_database():
        local_server.ensure_started()
    return create_engine(
        _find_database_url(),
        poolclass=pool.NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 10, "application_name": "movr placement"},
    )


# --- changes of regions --------------------------------------------------------------


class RegionChange(NamedTuple):
    """A statement to run, None when there is nothing to change; and the message afterwards."""

    statement: str | None
    message: str


def plan_add(regions: Regions, name: str) -> RegionChange:
    """Return the change that adds a region; the first one becomes the primary.

    Raises PlacementRefused.
    """
    if name in regions.database_regions:
        return RegionChange(None, f"'{name}' is a region of the database already.")
    if name not in regions.cluster_regions:
        names = ", ".join(regions.cluster_regions) or "none"
        raise PlacementRefused(
            f"The cluster has no region '{name}', only: {names}. A region is there as soon as a"
            f" node has started with --locality=region={name}."
        )
    if not regions.primary:
        statement = f"{_alter_database(regions)} SET PRIMARY REGION {quote_identifier(name)}"
        return RegionChange(statement, f"'{name}' is the primary region of the database now.")
    statement = f"{_alter_database(regions)} ADD REGION IF NOT EXISTS {quote_identifier(name)}"
    return RegionChange(statement, f"'{name}' is a region of the database now.")


def plan_drop(regions: Regions, name: str) -> RegionChange:
    """Return the change that drops a region; raises PlacementRefused."""
    if name not in regions.database_regions:
        return RegionChange(None, f"'{name}' is no region of the database.")
    check_no_cities(name)
    remaining = len(regions.database_regions) - 1
    if name == regions.primary and remaining:
        raise PlacementRefused(f"'{name}' is the primary region: it can only go as the last one.")
    if regions.survival_goal == "region" and remaining < REGIONS_TO_SURVIVE:
        raise PlacementRefused(
            f"The database shall survive the loss of a region, which takes {REGIONS_TO_SURVIVE};"
            f" {remaining} would be left. Change that first: flask regions survive zone."
        )
    statement = f"{_alter_database(regions)} DROP REGION IF EXISTS {quote_identifier(name)}"
    return RegionChange(statement, f"'{name}' is no region of the database any more.")


def plan_survive(regions: Regions, goal: str) -> RegionChange:
    """Return the change after which the database survives the loss of a ``zone`` or a ``region``.

    Raises PlacementRefused.
    """
    if regions.survival_goal == goal:
        return RegionChange(None, f"The database survives the loss of a {goal} already.")
    if not regions.primary:
        raise PlacementRefused(
            "The database has no regions yet. Add the first: flask regions add NAME."
        )
    if goal == "region" and len(regions.database_regions) < REGIONS_TO_SURVIVE:
        raise PlacementRefused(
            f"To survive the loss of a region takes {REGIONS_TO_SURVIVE} regions, and the database"
            f" has {len(regions.database_regions)}. Add one with 'flask regions add NAME'."
        )
    statement = f"{_alter_database(regions)} SURVIVE {goal.upper()} FAILURE"
    return RegionChange(statement, f"The database survives the loss of a {goal} now.")


def _alter_database(regions: Regions) -> str:
    return f"ALTER DATABASE {quote_identifier(regions.database)}"
