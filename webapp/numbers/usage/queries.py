"""How many people came how far, in a range of time and in the one before."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, CompoundSelect, cast, func, literal, select, union_all

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import ALL_TYPES, Metric
from webapp.numbers.models import RollupTotal
from webapp.numbers.queries import make_edges
from webapp.numbers.ranges import TimeRange
from webapp.numbers.sources import period_column
from webapp.numbers.usage.enums import EVENTS, FunnelStep
from webapp.numbers.usage.models import UsageCount
from webapp.regions.models import City


class StepCount(NamedTuple):
    """How often a step was taken; None: too few for those who may not see persons."""

    step: FunnelStep
    number: int | None
    previous: int | None


class _PeriodCount(NamedTuple):
    #: 1 for the first period of the range before.
    period: int
    #: A ``UsageStep``, or the type of an event.
    step: str
    number: int


def read_usage(
    city: City, time_range: TimeRange, *, hides_few: bool
) -> dict[FunnelStep, StepCount]:
    """Return the counts of each step in a range, and in the range before.

    hides_few: without the last period, which is not over, and without those of few steps.
    """
    query = usage_query(city, time_range, hides_few=hides_few)
    rows = db.session.execute(query, bind_arguments=stale_reads())
    first = len(time_range.previous_starts) + 1
    last = first + len(time_range.starts) - 1
    sums, has_few = Counter[tuple[str, bool]](), set[tuple[str, bool]]()
    for row in map(_PeriodCount._make, rows):
        key = (row.step, row.period >= first)
        if hides_few and (row.number < MIN_RIDES_SHOWN or row.period == last):
            has_few.add(key)
        else:
            sums[key] += row.number

    def find(step: FunnelStep, *, is_now: bool) -> int | None:
        key = (EVENTS.get(step, step.value), is_now)
        return None if key in has_few and not sums[key] else sums[key]

    return {
        step: StepCount(step, find(step, is_now=True), find(step, is_now=False))
        for step in FunnelStep
    }


def usage_query(
    city: City, time_range: TimeRange, *, hides_few: bool
) -> CompoundSelect[tuple[int, str, int]]:
    """Return the query of ``_PeriodCount``."""
    usage, totals = table(UsageCount).c, table(RollupTotal).c
    edges: list[datetime] = [*time_range.previous_starts, *time_range.starts, time_range.end]
    total_edges = make_edges(time_range)
    pages = select(
        period_column(usage.day_at, edges).label("period"), usage.step, usage.number
    ).where(
        usage.region == city.region,
        usage.city == city.name,
        usage.day_at >= edges[0],
        usage.day_at < edges[-1],
    )
    events = select(
        period_column(totals.started_at, total_edges), totals.dimension, totals.value
    ).where(
        totals.region == city.region,
        totals.city == city.name,
        totals.hides_few == literal(hides_few),
        totals.form_factor == ALL_TYPES,
        totals.period == time_range.period.value,
        totals.metric == Metric.EVENTS.value,
        totals.dimension.in_([each.value for each in EVENTS.values()]),
        totals.started_at >= total_edges[0],
        totals.started_at < total_edges[-1],
    )
    counts = pages.subquery("pages").c
    sums = select(counts.period, counts.step, cast(func.sum(counts.number), BigInteger)).group_by(
        counts.period, counts.step
    )
    return union_all(sums, events)
