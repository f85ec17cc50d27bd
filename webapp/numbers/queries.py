"""What the pages of numbers read."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Select, cast, func, select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import Metric, Period
from webapp.numbers.models import Rollup
from webapp.numbers.ranges import TimeRange
from webapp.numbers.shown_days import shown_totals_query
from webapp.numbers.sources import period_column
from webapp.regions.models import City

#: Values by metric and dimension.
Totals = Counter[tuple[str, str]]
#: A rollup belongs to the hour, day or month in which this moment after its start lies: before the
#: city changed its time zone, days began at another time.
_TO_MIDDLE = {
    Period.HOUR: timedelta(minutes=30),
    Period.DAY: timedelta(hours=12),
    Period.MONTH: timedelta(days=14),
}


def read_totals(
    city: City,
    time_range: TimeRange,
    form_factor: FormFactor | None = None,
    *,
    hides_few: bool = False,
) -> dict[datetime, Totals]:
    """Return the sums of a city by the start of each hour, day or month of a range, and of the
    range before.

    form_factor: only of vehicles of this type. hides_few: only what may be shown to those who may
    not see persons (``shown_totals_query``).
    """
    starts = [*time_range.previous_starts, *time_range.starts]
    period = Period.DAY if hides_few else time_range.period
    edges = [start - _TO_MIDDLE[period] for start in (*starts, time_range.end)]
    if hides_few:
        query = shown_totals_query(city, edges, form_factor)
    else:
        query = _totals_query(city, period, edges, form_factor)
    totals: dict[datetime, Totals] = {}
    rows = db.session.execute(query, bind_arguments=stale_reads())
    for number, metric, dimension, value in rows:
        totals.setdefault(starts[number - 1], Totals())[metric, dimension] = value
    return totals


def _totals_query(
    city: City, period: Period, edges: Sequence[datetime], form_factor: FormFactor | None
) -> Select[tuple[int, str, str, int]]:
    """Return the query of the sums between edges, by the number of the interval, from 1 on."""
    rollups = table(Rollup).c
    key = (period_column(rollups.started_at, edges), rollups.metric, rollups.dimension)
    query = (
        select(*key, cast(func.sum(rollups.value), BigInteger))
        .where(
            rollups.region == city.region,
            rollups.city == city.name,
            rollups.period == period.value,
            rollups.started_at >= edges[0],
            rollups.started_at < edges[-1],
        )
        .group_by(*key)
    )
    return query.where(rollups.form_factor == form_factor.value) if form_factor else query


def add_up(totals: dict[datetime, Totals], starts: Sequence[datetime]) -> Totals:
    """Return the sums over some periods."""
    return sum((totals.get(start, Totals()) for start in starts), Totals())


def sum_of(totals: Totals, metric: Metric) -> int:
    """Return the sum of a metric over its dimensions."""
    return sum(value for (name, _), value in totals.items() if name == metric)
