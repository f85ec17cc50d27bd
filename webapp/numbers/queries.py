"""What the pages of numbers read."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Select, cast, func, literal, select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.day_suppression import FEW
from webapp.numbers.enums import ALL_TYPES, DayMetric, Metric, Period
from webapp.numbers.models import Rollup, RollupTotal
from webapp.numbers.ranges import TimeRange
from webapp.regions.models import City

#: What there is a total of. A release before this one wrote others, too.
TOTAL_METRICS = (FEW, *(each.value for each in (*Metric, *DayMetric)))
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
    not see persons (webapp/numbers/day_suppression.py); there are no hours then.
    """
    starts, edges = [*time_range.previous_starts, *time_range.starts], make_edges(time_range)
    if time_range.period is Period.HOUR:
        query = _hours_query(city, edges, form_factor)
    else:
        query = _totals_query(city, time_range.period, edges)
        query = query.where(
            table(RollupTotal).c.form_factor == (form_factor or ALL_TYPES),
            table(RollupTotal).c.hides_few == literal(hides_few),
        )
    totals: dict[datetime, Totals] = {}
    rows = db.session.execute(query, bind_arguments=stale_reads())
    for started_at, metric, dimension, value in rows:
        start = starts[bisect_right(edges, started_at) - 1]
        totals.setdefault(start, Totals())[metric, dimension] += value
    return totals


def make_edges(time_range: TimeRange) -> list[datetime]:
    """Return between which moments the rollups of each period begin: one more than periods."""
    starts = (*time_range.previous_starts, *time_range.starts, time_range.end)
    return [start - _TO_MIDDLE[time_range.period] for start in starts]


def _hours_query(
    city: City, edges: Sequence[datetime], form_factor: FormFactor | None
) -> Select[tuple[datetime, str, str, int]]:
    """Return the query of the sums of hours between edges."""
    rollups = table(Rollup).c
    key = (rollups.started_at, rollups.metric, rollups.dimension)
    query = (
        select(*key, cast(func.sum(rollups.value), BigInteger))
        .where(
            rollups.region == city.region,
            rollups.city == city.name,
            rollups.period == Period.HOUR.value,
            rollups.started_at >= edges[0],
            rollups.started_at < edges[-1],
        )
        .group_by(*key)
    )
    return query.where(rollups.form_factor == form_factor.value) if form_factor else query


def _totals_query(
    city: City, period: Period, edges: Sequence[datetime]
) -> Select[tuple[datetime, str, str, int]]:
    """Return the query of the sums of days or months between edges, of each type."""
    totals = table(RollupTotal).c
    return select(totals.started_at, totals.metric, totals.dimension, totals.value).where(
        totals.region == city.region,
        totals.city == city.name,
        totals.period == period.value,
        totals.metric.in_(TOTAL_METRICS),
        totals.started_at >= edges[0],
        totals.started_at < edges[-1],
    )


def add_up(totals: dict[datetime, Totals], starts: Sequence[datetime]) -> Totals:
    """Return the sums over some periods."""
    return sum((totals.get(start, Totals()) for start in starts), Totals())


def sum_of(totals: Totals, metric: Metric) -> int:
    """Return the sum of a metric over its dimensions."""
    return sum(value for (name, _), value in totals.items() if name == metric)
