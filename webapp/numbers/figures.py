"""The figures that are computed from sums. The definitions that people read are in labels.py.

Shares of time and rides per vehicle and day are those of Nivel's *Shared mobility metrics*: of the
time that vehicles are on the street, and of rides of a minute or more.
"""

from collections.abc import Callable
from enum import StrEnum

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventType
from webapp.numbers.day_suppression import IN_USE
from webapp.numbers.durations import find_median_s
from webapp.numbers.enums import DayMetric, Metric
from webapp.numbers.queries import Totals, sum_of

DAY_MS = 24 * 3600 * 1000
#: The states in which a vehicle is on the street; of the chart of time, from below.
STREET_STATES = (
    VehicleState.ON_TRIP,
    VehicleState.RESERVED,
    VehicleState.AVAILABLE,
    VehicleState.NON_OPERATIONAL,
)
#: The same for those who may not see persons.
SHOWN_STREET_STATES = (IN_USE, VehicleState.AVAILABLE, VehicleState.NON_OPERATIONAL)


class Figure(StrEnum):
    """A number on the page."""

    RIDES = "rides"
    RIDES_PER_VEHICLE_DAY = "rides_per_vehicle_day"
    REVENUE = "revenue"
    REFUNDS = "refunds"
    NET_REVENUE = "net_revenue"
    MEAN_DURATION_S = "mean_duration_s"
    MEAN_DISTANCE_M = "mean_distance_m"
    AVAILABLE_SHARE = "available_share"
    IN_USE_SHARE = "in_use_share"
    OUT_OF_SERVICE_SHARE = "out_of_service_share"
    MEDIAN_IDLE_S = "median_idle_s"
    RESERVATIONS_RIDDEN = "reservations_ridden"
    GIVEN_UP_SHARE = "given_up_share"


#: Figures that are amounts of money, minor units.
AMOUNTS = (Figure.REVENUE, Figure.REFUNDS, Figure.NET_REVENUE)


def compute_figure(figure: Figure, totals: Totals, currency: str) -> float | None:
    """Return a figure; None: there is nothing of which it could be computed.

    currency: of amounts; minor units.
    """
    if figure in AMOUNTS:
        revenue, refunds = totals[Metric.REVENUE, currency], totals[DayMetric.REFUNDS, currency]
        return {
            Figure.REVENUE: revenue,
            Figure.REFUNDS: refunds,
            Figure.NET_REVENUE: revenue - refunds,
        }[figure]
    return _COMPUTE[figure](totals)


def street_time_ms(totals: Totals) -> int:
    """Return how long vehicles were on the street, milliseconds."""
    return sum(totals[Metric.STATE_TIME, state] for state in (IN_USE, *STREET_STATES))


def _divide(dividend: float, divisor: float) -> float | None:
    return dividend / divisor if divisor else None


def _per_vehicle_day(totals: Totals) -> float | None:
    valid_rides = sum_of(totals, Metric.RIDES) - sum_of(totals, Metric.GIVEN_UP_RIDES)
    # Less than a day of one vehicle says nothing: its rides may be older than what is known of it.
    is_known = street_time_ms(totals) >= DAY_MS
    return _divide(valid_rides * DAY_MS, street_time_ms(totals)) if is_known else None


def _per_ride(metric: Metric) -> Callable[[Totals], float | None]:
    return lambda totals: _divide(sum_of(totals, metric), sum_of(totals, Metric.RIDES))


def _share(*states: str) -> Callable[[Totals], float | None]:
    def compute(totals: Totals) -> float | None:
        return _divide(
            sum(totals[Metric.STATE_TIME, state] for state in states), street_time_ms(totals)
        )

    return compute


def _median_idle(totals: Totals) -> float | None:
    items = totals.items()
    return find_median_s(
        {int(name): n for (metric, name), n in items if metric == Metric.IDLE_TIMES}
    )


def _reservations_ridden(totals: Totals) -> float | None:
    reservations = totals[Metric.EVENTS, EventType.RESERVATION_START]
    return _divide(sum_of(totals, Metric.RESERVED_RIDES), reservations)


_COMPUTE: dict[Figure, Callable[[Totals], float | None]] = {
    Figure.RIDES: lambda totals: sum_of(totals, Metric.RIDES),
    Figure.RIDES_PER_VEHICLE_DAY: _per_vehicle_day,
    Figure.MEAN_DURATION_S: _per_ride(Metric.RIDE_TIME),
    Figure.MEAN_DISTANCE_M: _per_ride(Metric.RIDE_DISTANCE),
    Figure.AVAILABLE_SHARE: _share(VehicleState.AVAILABLE),
    Figure.IN_USE_SHARE: _share(IN_USE, VehicleState.ON_TRIP, VehicleState.RESERVED),
    Figure.OUT_OF_SERVICE_SHARE: _share(VehicleState.NON_OPERATIONAL),
    Figure.MEDIAN_IDLE_S: _median_idle,
    Figure.RESERVATIONS_RIDDEN: _reservations_ridden,
    Figure.GIVEN_UP_SHARE: _per_ride(Metric.GIVEN_UP_RIDES),
}
