"""What the page of numbers shows of a city in a range of time, beside the range before."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.vehicle_events.enums import EventType
from webapp.numbers.enums import Metric
from webapp.numbers.figures import Figure, compute_figure, street_time_ms
from webapp.numbers.labels import SHARE_STATES
from webapp.numbers.queries import Totals, add_up, read_totals, sum_of
from webapp.numbers.ranges import TimeRange
from webapp.regions.models import City

#: Fewer rides than this could be those of one person.
FEW = 10
#: Figures about vehicles only: they say nothing of a rider.
_OF_VEHICLES = frozenset({Figure.AVAILABLE_SHARE, Figure.IN_USE_SHARE, Figure.OUT_OF_SERVICE_SHARE})


class FigureValues(NamedTuple):
    """A figure of the range, and of the range before; None: there is none."""

    figure: Figure
    value: float | None
    former: float | None
    #: There are too few rides for those who may not see persons.
    is_few: bool
    former_is_few: bool


class PeriodValues(NamedTuple):
    """An hour, day or month of the range."""

    start: datetime
    #: None: there are too few for those who may not see persons.
    rides: int | None
    #: Minor units. None: as for ``rides``.
    revenue: int | None
    #: By state, of the time on the street: 0 to 1.
    shares: list[float]


class Overview(NamedTuple):
    figures: list[FigureValues]
    periods: list[PeriodValues]


def read_overview(
    city: City, time_range: TimeRange, form_factor: FormFactor | None, *, hides_few: bool
) -> Overview:
    """Return the numbers of a range.

    form_factor: only of vehicles of this type. hides_few: not those of few rides (``FEW``).
    """
    first, end = time_range.former_starts[0], time_range.end
    totals = read_totals(city, time_range.period, first, end, form_factor)
    now, former = (add_up(totals, each) for each in (time_range.starts, time_range.former_starts))
    return Overview(
        [_compare(figure, now, former, city, hides_few=hides_few) for figure in Figure],
        list_periods(totals, time_range.starts, city, hides_few=hides_few),
    )


def list_periods(
    totals: dict[datetime, Totals], starts: Sequence[datetime], city: City, *, hides_few: bool
) -> list[PeriodValues]:
    """Return the values of each period."""
    return [_of_period(start, totals.get(start, Totals()), city, hides_few) for start in starts]


def _of_period(start: datetime, totals: Totals, city: City, hides_few: bool) -> PeriodValues:
    street_ms = street_time_ms(totals)
    shares = [totals[Metric.STATE_TIME, state] / (street_ms or 1) for state in SHARE_STATES]
    if hides_few and has_few_rides(totals):
        return PeriodValues(start, None, None, shares)
    revenue = totals[Metric.REVENUE, city.currency]
    return PeriodValues(start, sum_of(totals, Metric.RIDES), revenue, shares)


def has_few_rides(totals: Totals) -> bool:
    """Tell whether somebody rode or reserved, but so few that it could be one person: also where
    no ride ended."""
    counts = (
        sum_of(totals, Metric.RIDES),
        totals[Metric.EVENTS, EventType.TRIP_START],
        totals[Metric.EVENTS, EventType.RESERVATION_START],
    )
    in_use_ms = sum(
        totals[Metric.STATE_TIME, state] for state in (VehicleState.ON_TRIP, VehicleState.RESERVED)
    )
    return max(*counts, in_use_ms) > 0 and max(counts) < FEW


def _compare(
    figure: Figure, now: Totals, former: Totals, city: City, *, hides_few: bool
) -> FigureValues:
    protects = hides_few and figure not in _OF_VEHICLES
    is_few, former_is_few = (protects and has_few_rides(totals) for totals in (now, former))
    return FigureValues(
        figure,
        None if is_few else compute_figure(figure, now, city.currency),
        None if former_is_few else compute_figure(figure, former, city.currency),
        is_few,
        former_is_few,
    )
