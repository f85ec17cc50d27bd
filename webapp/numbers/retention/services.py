"""Counting the cohorts of a city, once for each month that is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.day_suppression import DAY_AND_DELAY
from webapp.numbers.enums import Period
from webapp.numbers.models import RollupProgress
from webapp.numbers.periods import find_end, find_start, list_starts
from webapp.numbers.ranges import MOMENT
from webapp.numbers.retention.models import RiderCohort
from webapp.numbers.sources import period_column
from webapp.regions.models import City
from webapp.rides.models import Ride

#: How far back cohorts are counted, months.
MONTHS = 24


def update_cohorts(city: City) -> None:
    """Count the cohorts of the months that are over and have none, the newest first."""
    # While the city moves to another region, its progress is in the old one.
    row = db.session.execute(_progress_query(city)).one_or_none()
    if row is None:
        return
    done_until, first_ride_at, counted = row
    last = find_start(Period.MONTH, done_until - DAY_AND_DELAY, city.zone)
    if first_ride_at:
        months = list_starts(Period.MONTH, first_ride_at, last, city.zone)[-MONTHS:]
        for month in reversed(months):
            if month not in (counted or ()):
                replace_cohorts(city, month)


def recompute_cohorts(city: City, first: datetime, now: datetime) -> None:
    """Count the cohorts again of the months since a moment that are over. Riders whose account was
    deleted since are no longer in them."""
    last = find_start(Period.MONTH, now - DAY_AND_DELAY, city.zone)
    for month in list_starts(Period.MONTH, first, last, city.zone)[-MONTHS:]:
        replace_cohorts(city, month)


def replace_cohorts(city: City, month: datetime) -> None:
    """Count who rode in a month, by the month of their first ride in the city."""
    months = list_cohort_months(city, month)
    counts = db.session.execute(cohorts_query(city, months))
    rows: list[dict[str, Any]] = [
        {
            "region": city.region,
            "city": city.name,
            "month_at": month,
            "first_month_at": months[number - 1],
            "riders": riders,
        }
        for number, riders in counts
        if number
    ]
    cohorts = table(RiderCohort)
    is_month = (
        cohorts.c.region == city.region,
        cohorts.c.city == city.name,
        cohorts.c.month_at == month,
    )

    def work(session: Session) -> None:
        session.execute(delete(cohorts).where(*is_month))
        insert_rows(session, upsert(cohorts, "riders", lambda _stored, new: new), rows)

    run_transaction(work, idempotent=True)


def list_cohort_months(city: City, month: datetime) -> list[datetime]:
    """Return when the ``MONTHS`` months before a month, that month and the next one begin."""
    months = [find_end(Period.MONTH, month, city.zone), month]
    while len(months) < MONTHS + 2:
        months.append(find_start(Period.MONTH, months[-1] - MOMENT, city.zone))
    return months[::-1]


def cohorts_query(city: City, months: Sequence[datetime]) -> Select[tuple[int, int]]:
    """Return the query of how many riders rode in the last month, by the number of the month in
    which their first ride in the city ended: 1 for the first one, 0 before it.

    months: when they begin, and at last when the last one ends.
    """
    rides, first = table(Ride), table(Ride).alias("first_rides")
    riders = (
        select(rides.c.rider_region, rides.c.rider_id)
        .distinct()
        .where(
            rides.c.region == city.region,
            rides.c.city == city.name,
            rides.c.ended_at >= months[-2],
            rides.c.ended_at < months[-1],
            rides.c.rider_id.is_not(None),
        )
        .subquery("riders")
    )
    first_at = (
        select(first.c.ended_at)
        .where(
            first.c.rider_region == riders.c.rider_region,
            first.c.rider_id == riders.c.rider_id,
            first.c.region == city.region,
            first.c.city == city.name,
            first.c.ended_at.is_not(None),
        )
        .order_by(first.c.started_at)
        .limit(1)
        .scalar_subquery()
    )
    month = period_column(first_at, months).label("month")
    numbered = select(month).select_from(riders).subquery("numbered")
    return select(numbered.c.month, func.count()).group_by(numbered.c.month)


# Any: moments that may be NULL, and an array.
def _progress_query(city: City) -> Select[Any]:
    """Return the query of until when rides are summed up, when the first one ended, and of which
    months there are cohorts; without a row before the first sums."""
    progress, cohorts, rides = table(RollupProgress).c, table(RiderCohort).c, table(Ride).c
    first_ride = (
        select(func.min(rides.ended_at))
        .where(rides.region == city.region, rides.city == city.name, rides.ended_at.is_not(None))
        .scalar_subquery()
    )
    counted = (
        select(func.array_agg(cohorts.month_at.distinct()))
        .where(cohorts.region == city.region, cohorts.city == city.name)
        .scalar_subquery()
    )
    return select(progress.done_until, first_ride, counted).where(
        progress.region == city.region, progress.city == city.name
    )
