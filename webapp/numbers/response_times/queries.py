"""How long reports and tasks waited, by kind: of a range of time and of the one before."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from webapp.numbers.durations import find_percentile_s
from webapp.numbers.enums import DayMetric
from webapp.numbers.queries import Totals, add_up
from webapp.numbers.ranges import TimeRange
from webapp.numbers.response_times.enums import SUBJECT_METRICS, Subject


@dataclass(frozen=True)
class ResponseTimes:
    """How long something waited: counts by bucket of duration."""

    counts: Counter[int] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        return sum(self.counts.values())

    @property
    def median_s(self) -> float | None:
        """How long half of them waited at most, seconds; None: there are none."""
        return find_percentile_s(self.counts, 0.5)

    @property
    def percentile_90_s(self) -> float | None:
        """How long nine of ten waited at most, seconds; None: there are none."""
        return find_percentile_s(self.counts, 0.9)


@dataclass(frozen=True)
class ComparedTimes:
    """Response times of a range, and of the range before."""

    metric: DayMetric
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


def list_kind_times(totals: dict[datetime, Totals], time_range: TimeRange) -> list[KindTimes]:
    """Return the response times of all reports, of each kind, of all tasks and of each kind."""
    now, previous = (
        add_up(totals, each) for each in (time_range.starts, time_range.previous_starts)
    )
    both = now + previous
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


def list_period_times(totals: dict[datetime, Totals], time_range: TimeRange) -> list[PeriodTimes]:
    """Return the response times of all reports and tasks by day or month."""
    return [
        PeriodTimes(
            start,
            tuple(
                find_times(totals.get(start, Totals()), metric)
                for steps in SUBJECT_METRICS.values()
                for metric in steps
            ),
        )
        for start in time_range.starts
    ]


def find_times(totals: Totals, metric: DayMetric, kind: str | None = None) -> ResponseTimes:
    """Return the times of a metric. kind: only of this kind."""
    counts = Counter[int]()
    for (name, dimension), number in totals.items():
        its_kind, _, bucket = dimension.partition(":")
        if name == metric and kind in (None, its_kind):
            counts[int(bucket)] += number
    return ResponseTimes(counts)


def list_kinds(totals: Totals, metrics: Collection[str]) -> list[str]:
    """Return the kinds of which there are times."""
    return sorted({dimension.partition(":")[0] for name, dimension in totals if name in metrics})
