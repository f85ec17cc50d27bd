"""How long reports and tasks waited, by kind: of a range of time and of the one before."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import Select, literal, select

from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.numbers.durations import find_percentile_s
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.queries import make_edges
from webapp.numbers.ranges import TimeRange
from webapp.numbers.response_times.enums import SUBJECT_METRICS, ResponseMetric, Subject
from webapp.numbers.response_times.models import ResponseTimeCounts
from webapp.regions.models import City

#: How many waited for about as long, by metric and kind: counts by bucket of duration, which are to
#: be added up.
Times = dict[tuple[str, str], list[Sequence[int]]]


@dataclass(frozen=True)
class ResponseTimes:
    """How long something waited: how many in each bucket of duration."""

    counts: Sequence[int] = ()

    @property
    def number(self) -> int:
        return sum(self.counts)

    @property
    def median_s(self) -> float | None:
        """How long half of them waited at most, seconds; None: there are none."""
        return find_percentile_s(dict(enumerate(self.counts)), 0.5)

    @property
    def percentile_90_s(self) -> float | None:
        """How long nine of ten waited at most, seconds; None: there are none."""
        return find_percentile_s(dict(enumerate(self.counts)), 0.9)


@dataclass(frozen=True)
class ComparedTimes:
    """Response times of a range, and of the range before."""

    metric: ResponseMetric
    now: ResponseTimes
    previous: ResponseTimes


@dataclass(frozen=True)
class KindTimes:
    """The response times of a kind of report or task; kind None: of all kinds."""

    subject: Subject
    kind: str | None
    steps: tuple[ComparedTimes, ...]


@dataclass(frozen=True)
class PeriodTimes:
    """The response times of a day or month."""

    start: datetime
    steps: tuple[ResponseTimes, ...]


def read_response_times(
    city: City, time_range: TimeRange, form_factor: FormFactor | None, *, hides_few: bool
) -> dict[datetime, Times]:
    """Return the response times by the start of each day or month of a range, and of the range
    before.

    form_factor: only of vehicles of this type. hides_few: only what may be shown to those who may
    not see persons.
    """
    starts, edges = [*time_range.previous_starts, *time_range.starts], make_edges(time_range)
    query = _counts_query(city, time_range.period, edges).where(
        table(ResponseTimeCounts).c.form_factor == (form_factor or ALL_TYPES),
        table(ResponseTimeCounts).c.hides_few == literal(hides_few),
    )
    times: dict[datetime, Times] = {}
    for started_at, *key, counts in db.session.execute(query, bind_arguments=stale_reads()):
        start = starts[bisect_right(edges, started_at) - 1]
        metric, kind = key
        times.setdefault(start, {}).setdefault((metric, kind), []).append(counts)
    return times


def _counts_query(
    city: City, period: Period, edges: Sequence[datetime]
) -> Select[tuple[datetime, str, str, list[int]]]:
    columns = table(ResponseTimeCounts).c
    return select(columns.started_at, columns.metric, columns.kind, columns.counts).where(
        columns.region == city.region,
        columns.city == city.name,
        columns.period == period.value,
        columns.started_at >= edges[0],
        columns.started_at < edges[-1],
    )


def list_kind_times(times: dict[datetime, Times], time_range: TimeRange) -> list[KindTimes]:
    """Return the response times of all reports, of each kind, of all tasks and of each kind."""
    now, previous, both = (
        _join(times, starts)
        for starts in (time_range.starts, time_range.previous_starts, times.keys())
    )
    return [
        KindTimes(
            subject,
            kind,
            tuple(
                ComparedTimes(
                    metric, find_times(now, metric, kind), find_times(previous, metric, kind)
                )
                for metric in SUBJECT_METRICS[subject]
            ),
        )
        for subject in Subject
        for kind in (None, *list_kinds(both, SUBJECT_METRICS[subject]))
    ]


def list_period_times(times: dict[datetime, Times], time_range: TimeRange) -> list[PeriodTimes]:
    """Return the response times of all reports and tasks by day or month."""
    return [
        PeriodTimes(
            start,
            tuple(
                find_times(times.get(start, {}), metric)
                for steps in SUBJECT_METRICS.values()
                for metric in steps
            ),
        )
        for start in time_range.starts
    ]


def find_times(times: Times, metric: ResponseMetric, kind: str | None = None) -> ResponseTimes:
    """Return the times of a metric. kind: only of this kind."""
    counts = [
        each
        for (name, its_kind), parts in times.items()
        if name == metric and kind in (None, its_kind)
        for each in parts
    ]
    return ResponseTimes([sum(bucket) for bucket in zip_longest(*counts, fillvalue=0)])


def list_kinds(times: Times, metrics: Collection[str]) -> list[str]:
    """Return the kinds of which there are times."""
    return sorted({kind for metric, kind in times if metric in metrics})


def _join(times: dict[datetime, Times], starts: Iterable[datetime]) -> Times:
    """Return the times of some periods together."""
    joined: Times = {}
    for start in starts:
        for key, counts in times.get(start, {}).items():
            joined.setdefault(key, []).extend(counts)
    return joined
