"""Looking back on all of one's rides: month by month, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, cast, func, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor
from webapp.db.reads import stale_reads
from webapp.extensions import db
from webapp.regions.models import City
from webapp.rides.models import Ride

#: How many months are looked back on, this one among them.
MONTHS = 12
#: Rides that are read at once for a file.
BATCH = 500


@dataclass
class Month:
    """What somebody rode in one month, by the clocks of the cities where the rides began."""

    first: date
    rides: int = 0
    took: timedelta = timedelta()
    distance_m: int = 0
    #: By currency, minor units; what was given back is not taken off.
    costs: dict[str, int] = field(default_factory=dict)


def use_of(rider: RowKey, today: date) -> list[Month]:
    """Return the last months of a rider, the newest first, from the first one with a ride on; none
    without rides. One statement.

    today: where the rider lives.
    """
    oldest = _months_before(today, MONTHS - 1)
    found: dict[date, Month] = {}
    for row in db.session.execute(by_month(rider, oldest), bind_arguments=stale_reads()):
        month = found.setdefault(row.month.date(), Month(row.month.date()))
        month.rides += row.rides
        month.took += row.took
        month.distance_m += row.distance_m or 0
        if row.currency:
            month.costs[row.currency] = row.cost
    if not found:
        return []
    # Where the sun rises earlier a month may have begun already.
    newest = max(today.replace(day=1), *found)
    shown = [_months_before(newest, n) for n in range(MONTHS)]
    return [found.get(first) or Month(first) for first in shown if first >= min(found)]


def by_month(rider: RowKey, oldest: date) -> Any:
    """Return the question for what a rider rode in each month since ``oldest``, by currency."""
    month = func.date_trunc("month", func.timezone(City.timezone, Ride.started_at))
    # By any city's clock; what lies before the month is left out below.
    since = datetime.combine(oldest, time(), UTC) - timedelta(days=1)
    whole = (
        select(
            month.label("month"),
            Ride.currency,
            (Ride.ended_at - Ride.started_at).label("took"),
            Ride.distance_m,
            Ride.price,
        )
        .join(City, City.name == Ride.city)
        .where(*_ended(rider), Ride.started_at >= since)
        .subquery()
    ).c
    return (
        select(
            whole.month,
            whole.currency,
            func.count().label("rides"),
            func.sum(whole.took).label("took"),
            # A sum of integers is a decimal on CockroachDB.
            cast(func.sum(whole.distance_m), BigInteger).label("distance_m"),
            cast(func.sum(whole.price), BigInteger).label("cost"),
        )
        .where(whole.month >= datetime.combine(oldest, time()))
        .group_by(whole.month, whole.currency)
        .order_by(whole.currency)
    )


def every_ride(rider: RowKey) -> Iterator[Ride]:
    """Give all rides of a rider that have ended, the newest first, with vehicle, plan and dispute;
    one statement for each ``BATCH`` of them."""
    after: Cursor | None = None
    while True:
        batch = list(db.session.scalars(_newest(rider, after), bind_arguments=stale_reads()))
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].started_at, batch[-1].id


def _newest(rider: RowKey, after: Cursor | None) -> Any:
    question = (
        select(Ride)
        .where(*_ended(rider))
        .order_by(Ride.started_at.desc(), Ride.id.desc())
        .limit(BATCH)
        .options(
            joinedload(Ride.vehicle, innerjoin=True),
            joinedload(Ride.plan),
            joinedload(Ride.dispute),
        )
    )
    return question.where(tuple_(Ride.started_at, Ride.id) < after) if after else question


def _ended(rider: RowKey) -> list[Any]:
    return [
        Ride.rider_region == rider.region,
        Ride.rider_id == rider.id,
        Ride.ended_at.is_not(None),
    ]


def _months_before(day: date, months: int) -> date:
    """Return the first day of the month so many months before that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
