"""Counting how many riders had their first ride in the city, and how many their second, by day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.counted_months import MONTHS, STAYS_OPEN
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_end, find_start, list_starts
from webapp.numbers.ranges import MOMENT
from webapp.numbers.sources import period_column
from webapp.numbers.usage.enums import UsageStep
from webapp.numbers.usage.models import UsageCount
from webapp.regions.models import City
from webapp.regions.moving import has_rows_elsewhere
from webapp.rides.models import Ride

_STEPS = {1: UsageStep.FIRST_RIDE, 2: UsageStep.SECOND_RIDE}


def update_first_rides(city: City, now: datetime) -> None:
    """Count the days that have just ended; the first time, also those of ``MONTHS`` months."""
    if has_rows_elsewhere(table(UsageCount), city):
        return  # it is moving, and so are the days that are counted already
    today = find_start(Period.DAY, now, city.zone)
    first = today - STAYS_OPEN
    if not db.session.scalar(_is_counted_query(city)):
        for _ in range(MONTHS):
            first = find_start(Period.MONTH, first - MOMENT, city.zone)
    recompute_first_rides(city, first, today)


def recompute_first_rides(city: City, first: datetime, end: datetime) -> None:
    """Count the days between two moments again, a month in a transaction."""
    days = list_starts(Period.DAY, first, end, city.zone)
    for month in list_starts(Period.MONTH, first, end, city.zone):
        month_end = find_end(Period.MONTH, month, city.zone)
        if starts := [day for day in days if month <= day < month_end]:
            _write_days(city, starts)


def first_rides_query(
    city: City, starts: Sequence[datetime], end: datetime
) -> Select[tuple[int, int, int]]:
    """Return the query of how many rides of each day were the first (1) or the second (2) one of
    their rider in the city. ``starts``: when the days began, numbered from 1. A ride is of the day
    on which it ended."""
    rides = table(Ride)
    is_first, is_second = (rides.c.id == _ride_of_rider_query(number) for number in (1, 2))
    found = (
        select(
            period_column(rides.c.ended_at, starts).label("day"),
            case((is_first, 1), else_=2).label("number"),
        )
        .where(
            rides.c.region == city.region,
            rides.c.city == city.name,
            rides.c.ended_at >= starts[0],
            rides.c.ended_at < end,
            or_(is_first, is_second),
        )
        .subquery("found")
    )
    return select(found.c.day, found.c.number, func.count()).group_by(found.c.day, found.c.number)


def _ride_of_rider_query(number: int) -> ScalarSelect[UUID]:
    """Return the query of the first or second ride of the rider of a ride in its city."""
    rides, own = table(Ride), table(Ride).alias(f"own_rides_{number}")
    is_own: list[ColumnElement[bool]] = [
        own.c[name] == rides.c[name] for name in ("rider_region", "rider_id", "region", "city")
    ]
    return (
        select(own.c.id)
        .where(*is_own, own.c.ended_at.is_not(None))
        .order_by(own.c.started_at, own.c.id)
        .offset(number - 1)
        .limit(1)
        .correlate(rides)
        .scalar_subquery()
    )


def _is_counted_query(city: City) -> Select[tuple[str]]:
    """Return the query of whether any day is counted."""
    usage = table(UsageCount).c
    return (
        select(usage.step)
        .where(
            usage.region == city.region,
            usage.city == city.name,
            usage.step == UsageStep.FIRST_RIDE.value,
        )
        .limit(1)
    )


def _write_days(city: City, starts: Sequence[datetime]) -> None:
    query = first_rides_query(city, starts, find_end(Period.DAY, starts[-1], city.zone))
    counts = {(day, number): count for day, number, count in db.session.execute(query)}
    rows = [
        {
            "region": city.region,
            "city": city.name,
            "day_at": start,
            "step": step.value,
            "origin": "",
            # A day that is counted again may have none any more.
            "number": counts.get((day, number), 0),
        }
        for day, start in enumerate(starts, 1)
        for number, step in _STEPS.items()
    ]
    statement = upsert(table(UsageCount), "number", lambda _stored, new: new)
    run_transaction(lambda session: insert_rows(session, statement, rows), idempotent=True)
