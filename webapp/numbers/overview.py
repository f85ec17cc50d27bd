"""What the page of numbers shows of a city in a range of time, beside the range before."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from webapp.numbers.day_suppression import FEW
from webapp.numbers.enums import DayMetric, Metric, Period
from webapp.numbers.figures import (
    SHOWN_STREET_STATES,
    STREET_STATES,
    Figure,
    compute_figure,
    street_time_ms,
)
from webapp.numbers.queries import Totals, add_up, sum_of
from webapp.numbers.ranges import TimeRange
from webapp.regions.models import City

#: Figures about vehicles only: without rides they are not "few".
_OF_VEHICLES = frozenset({Figure.AVAILABLE_SHARE, Figure.IN_USE_SHARE, Figure.OUT_OF_SERVICE_SHARE})

_OF_REFUNDS = {Figure.REFUNDS, Figure.NET_REVENUE}


class FigureValues(NamedTuple):
    """A figure of the range, and of the range before; None: there is none."""

    figure: Figure
    value: float | None
    previous: float | None
    #: There are too few rides for those who may not see persons.
    is_few: bool
    previous_is_few: bool


class PeriodValues(NamedTuple):
    """An hour, day or month of the range."""

    start: datetime
    #: None: there are too few for those who may not see persons.
    rides: int | None
    #: Minor units. None: as for ``rides``.
    revenue: int | None
    #: Minor units. None: they are not shown.
    refunds: int | None
    #: By state, of the time on the street: 0 to 1.
    shares: list[float]


class Overview(NamedTuple):
    figures: list[FigureValues]
    periods: list[PeriodValues]
    #: Of the chart of time, from below.
    states: Sequence[str]
    #: Days with few rides are left out.
    leaves_out_few: bool
    #: Refunds of the periods are shown.
    has_refunds: bool

    @property
    def is_empty(self) -> bool:
        """Nothing has happened, and no vehicle was on the street."""
        has_values = any(each.rides or sum(each.shares) for each in self.periods)
        return not has_values and not self.leaves_out_few


def make_overview(
    totals: dict[datetime, Totals], time_range: TimeRange, city: City, *, hides_few: bool
) -> Overview:
    """Return the numbers of a range.

    totals: of it, and of the range before. hides_few: without what those may not see who may not
    see persons.
    """
    states = SHOWN_STREET_STATES if hides_few else STREET_STATES
    now, previous = (
        add_up(totals, each) for each in (time_range.starts, time_range.previous_starts)
    )
    return Overview(
        [
            _compare(figure, now, previous, city, hides_few=hides_few)
            for figure in _list_figures(time_range.period, hides_few=hides_few)
        ],
        [
            _of_period(start, totals.get(start, Totals()), city, states)
            for start in time_range.starts
        ],
        states,
        (now + previous)[FEW, ""] > 0,
        time_range.period is not Period.HOUR and not hides_few,
    )


def _list_figures(period: Period, *, hides_few: bool) -> list[Figure]:
    """Return the figures that there are. Refunds are counted by day; a day has few of them, so
    those who may not see persons see months. Their revenue is without days, which is not net."""
    if hides_few:
        hidden = {Figure.NET_REVENUE} if period is Period.MONTH else _OF_REFUNDS
    else:
        hidden = _OF_REFUNDS if period is Period.HOUR else set()
    return [figure for figure in Figure if figure not in hidden]


def _of_period(start: datetime, totals: Totals, city: City, states: Sequence[str]) -> PeriodValues:
    street_ms = street_time_ms(totals)
    shares = [totals[Metric.STATE_TIME, state] / (street_ms or 1) for state in states]
    if _has_only_few(totals):
        return PeriodValues(start, None, None, None, shares)
    revenue, refunds = (
        totals[metric, city.currency] for metric in (Metric.REVENUE, DayMetric.REFUNDS)
    )
    return PeriodValues(start, sum_of(totals, Metric.RIDES), revenue, refunds, shares)


def _has_only_few(totals: Totals) -> bool:
    """Tell whether there were rides or reservations, but none of them may be shown."""
    return totals[FEW, ""] > 0 and not sum_of(totals, Metric.RIDES)


def _compare(
    figure: Figure, now: Totals, previous: Totals, city: City, *, hides_few: bool
) -> FigureValues:
    is_few, previous_is_few = (_is_few(figure, each, hides_few) for each in (now, previous))
    return FigureValues(
        figure,
        None if is_few else compute_figure(figure, now, city.currency),
        None if previous_is_few else compute_figure(figure, previous, city.currency),
        is_few,
        previous_is_few,
    )


def _is_few(figure: Figure, totals: Totals, hides_few: bool) -> bool:
    if figure is Figure.REFUNDS:
        return hides_few and not totals[DayMetric.REFUND_COUNT, ""]
    return figure not in _OF_VEHICLES and _has_only_few(totals)
