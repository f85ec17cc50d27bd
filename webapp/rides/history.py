"""The past rides of a rider: as a list, summed by month, and all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BigInteger, Select, Subquery, cast, func, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import stale_reads
from webapp.extensions import db
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.queries import rider_condition

#: How many months the usage page shows, the current one included.
MONTHS = 12
#: How many rides the file reads with one statement.
BATCH_SIZE = 500


@dataclass
class MonthSummary:
    """The ended rides of one month. A ride counts in the month of its start, by the local time of
    its city."""

    first_day: date
    rides: int = 0
    duration: timedelta = timedelta()
    distance_m: int = 0
    #: By currency, minor units; refunds are not subtracted.
    costs: dict[str, int] = field(default_factory=dict)


def list_rides(rider_key: RowKey, after: Cursor | None) -> Page[Ride]:
    """Return one page of the rider's rides with their vehicles, newest first, from all regions.

    It may be a few seconds old, but not for a rider who has just started or ended a ride.
    """
    query = rides_query(rider_key, after, page_size() + 1)
    rides = list(db.session.scalars(query, bind_arguments=stale_reads()))
    return make_page(rides, lambda ride: (ride.started_at, ride.id))


def iterate_rides(rider_key: RowKey) -> Iterator[Ride]:
    """Yield all ended rides of a rider, newest first, with vehicle, plan and dispute.

    One statement for each ``BATCH_SIZE`` of them.
    """
    after: Cursor | None = None
    while True:
        query = rides_query(rider_key, after, BATCH_SIZE).where(Ride.ended_at.is_not(None))
        query = query.options(joinedload(Ride.plan), joinedload(Ride.dispute))
        batch = list(db.session.scalars(query, bind_arguments=stale_reads()))
        yield from batch
        if len(batch) < BATCH_SIZE:
            return
        after = batch[-1].started_at, batch[-1].id


def rides_query(rider_key: RowKey, after: Cursor | None, limit: int) -> Select[tuple[Ride]]:
    """Return the query of the rider's rides after a cursor, newest first, with their vehicles."""
    query = (
        select(Ride)
        .where(rider_condition(rider_key))
        .order_by(Ride.started_at.desc(), Ride.id.desc())
        .limit(limit)
        .options(joinedload(Ride.vehicle, innerjoin=True))
    )
    return query.where(tuple_(Ride.started_at, Ride.id) < after) if after else query


def list_months(rider_key: RowKey, today: date) -> list[MonthSummary]:
    """Return the last ``MONTHS`` months of a rider, newest first, back to the first with a ride;
    [] without rides. One statement.

    today: the date where the rider lives.
    """
    oldest = subtract_months(today, MONTHS - 1)
    summaries: dict[date, MonthSummary] = {}
    rows = db.session.execute(month_sums_query(rider_key, oldest), bind_arguments=stale_reads())
    for month, currency, rides, duration, distance_m, cost in rows:
        summary = summaries.setdefault(month.date(), MonthSummary(month.date()))
        summary.rides += rides
        summary.duration += duration
        summary.distance_m += distance_m or 0
        if currency:
            summary.costs[currency] = cost
    if not summaries:
        return []
    # In a city farther east, the next month may have begun already.
    newest = max(today.replace(day=1), *summaries)
    months = [subtract_months(newest, n) for n in range(MONTHS)]
    return [summaries.get(m) or MonthSummary(m) for m in months if m >= min(summaries)]


def month_sums_query(
    rider_key: RowKey, oldest: date
) -> Select[tuple[datetime, str | None, int, timedelta, int, int]]:
    """Return the query of a rider's months since ``oldest``, by currency: month, currency, rides,
    duration, distance, cost. Distance and cost are NULL where no ride has any."""
    rides = _ended_rides_subquery(rider_key, oldest).c
    return (
        select(
            rides.month,
            rides.currency,
            func.count().label("rides"),
            func.sum(rides.duration).label("duration"),
            # A sum of integers is a decimal on CockroachDB.
            cast(func.sum(rides.distance_m), BigInteger).label("distance_m"),
            cast(func.sum(rides.price), BigInteger).label("cost"),
        )
        .where(rides.month >= datetime.combine(oldest, time()))
        .group_by(rides.month, rides.currency)
        .order_by(rides.currency.nulls_last())
    )


def _ended_rides_subquery(rider_key: RowKey, oldest: date) -> Subquery:
    """Return the subquery of a rider's ended rides since the day before ``oldest``, each with the
    month of its start."""
    month = func.date_trunc("month", func.timezone(City.timezone, Ride.started_at))
    # A day earlier, for all time zones; the caller compares the month.
    since = datetime.combine(oldest, time(), UTC) - timedelta(days=1)
    return (
        select(
            month.label("month"),
            Ride.currency,
            (Ride.ended_at - Ride.started_at).label("duration"),
            Ride.distance_m,
            Ride.price,
        )
        .join(City, City.name == Ride.city)
        .where(rider_condition(rider_key), Ride.ended_at.is_not(None), Ride.started_at >= since)
        .subquery()
    )


def subtract_months(day: date, months: int) -> date:
    """Return the first day of the month that is so many months before that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
