"""Work on the rides of cities, some rides at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import CTE, Select, func, or_, select, update

from webapp.db.types import table
from webapp.regions.each_city import run_for_each_city
from webapp.regions.models import City
from webapp.rides.models import Ride

#: Rides that one statement marks; it writes the jobs of their mails, too.
BATCH_SIZE = 100


def run_in_every_city(run_batch: Callable[[City], int], region: str | None = None) -> int:
    """Call ``run_batch`` for each city until it returns 0; return the sum of what it returned.

    region: only the cities of this region.
    """
    regions = None if region is None else [region]
    return sum(run_for_each_city(lambda city: _run_in_city(run_batch, city), regions))


def _run_in_city(run_batch: Callable[[City], int], city: City) -> int:
    total = 0
    while number := run_batch(city):
        total += number
    return total


def mark_long_rides_cte(city: City, column: str, marked_at: datetime, length: timedelta) -> CTE:
    """Return the part of a statement that marks some long rides of a city as handled. It has the
    keys of the rides and of their riders.

    The arguments are those of ``long_rides_query``.
    """
    rides = table(Ride)
    ids = long_rides_query(city, column, marked_at, length).with_only_columns(Ride.id)
    names = ("region", "id", "rider_region", "rider_id")
    return (
        update(rides)
        .where(rides.c.region == city.region, rides.c.id.in_(ids), rides.c.ended_at.is_(None))
        .values({column: marked_at})
        .returning(*(rides.c[name] for name in names))
        .cte("marked")
    )


def long_rides_query(
    city: City, column: str, marked_at: datetime, length: timedelta
) -> Select[tuple[Ride]]:
    """Return the query of some open rides of a city that have lasted ``length`` and are not marked,
    the longest first.

    column: of Ride, the time of the mark.
    marked_at: now, by this machine's clock. By it, to the microsecond, a second attempt after a
        lost answer finds the rides that the first one marked.
    """
    mark = table(Ride).c[column]
    return (
        select(Ride)
        .where(
            Ride.region == city.region,
            Ride.city == city.name,
            Ride.ended_at.is_(None),
            Ride.started_at <= func.now() - length,
            or_(mark.is_(None), mark == marked_at),
        )
        .order_by(Ride.started_at, Ride.id)
        .limit(BATCH_SIZE)
    )
