"""The sums of the periods of a city, from what the queries of sources return."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventType
from webapp.numbers.enums import DayMetric, Metric
from webapp.numbers.sources import EventCount, RideSums, StateChanges


class MetricKey(NamedTuple):
    """What is summed up in a period, but the period itself."""

    metric: Metric | DayMetric
    dimension: str
    form_factor: str


#: A period in which the number of vehicles in a state has not changed.
NO_CHANGE = StateChanges(None, "", "", 0, 0)
#: How many vehicles are in a state, by form factor and state.
FleetStates = Counter[tuple[str, str]]
#: By the period (0 for the first one) and what is summed up.
SumsByPeriod = Counter[tuple[int, MetricKey]]


def sum_state_times(
    changes: Iterable[StateChanges], starts: Sequence[datetime], at_end: FleetStates
) -> tuple[SumsByPeriod, FleetStates]:
    """Return how long vehicles were in each state, milliseconds; and how many were in each when
    the first period began.

    It goes back: how many there were before a period is how many there were after it, less the
    changes in it.

    starts: when the periods begin, and at last when the last one ends.
    at_end: how many vehicles were in each state then; what the changes say of now is added.
    """
    by_state: dict[tuple[str, str], dict[int | None, StateChanges]] = {key: {} for key in at_end}
    for change in changes:
        by_state.setdefault((change.form_factor, change.state), {})[change.period] = change
    sums, at_start, last = SumsByPeriod(), FleetStates(), len(starts)
    for (form_factor, state), by_period in by_state.items():
        number = at_end[form_factor, state] + by_period.get(None, NO_CHANGE).number
        key = MetricKey(Metric.STATE_TIME, state, form_factor)
        for period in range(last, 0, -1):
            change = by_period.get(period, NO_CHANGE)
            if period < last and state != VehicleState.REMOVED:  # that is not on the street
                start_ms, end_ms = (_to_ms(each) for each in starts[period - 1 : period + 1])
                before_changes_ms = change.moments_ms - change.number * start_ms
                sums[period - 1, key] = number * (end_ms - start_ms) - before_changes_ms
            number -= change.number
        at_start[form_factor, state] = number
    return sums, at_start


def sum_events(counts: Iterable[EventCount]) -> SumsByPeriod:
    """Return how many events there were, and how many rides began in a reservation."""
    sums = SumsByPeriod()
    for count in counts:
        sums[count.period - 1, MetricKey(Metric.EVENTS, count.event_type, count.form_factor)] += (
            count.number
        )
        if count.event_type == EventType.TRIP_START:
            key = MetricKey(Metric.RESERVED_RIDES, "", count.form_factor)
            sums[count.period - 1, key] += count.from_reserved
    return sums


def sum_rides(rows: Iterable[RideSums]) -> SumsByPeriod:
    """Return what there is to say about rides that ended."""
    sums = SumsByPeriod()
    for row in rows:
        values = {
            Metric.RIDES: ("", row.rides),
            Metric.GIVEN_UP_RIDES: ("", row.given_up),
            Metric.RIDE_TIME: ("", row.duration_s),
            Metric.RIDE_DISTANCE: ("", row.distance_m),
            Metric.REVENUE: (row.currency, row.price),
        }
        if row.idle_bucket is not None:
            values[Metric.IDLE_TIMES] = (str(row.idle_bucket), row.rides)
        for metric, (dimension, value) in values.items():
            sums[row.period - 1, MetricKey(metric, dimension, row.form_factor)] += value
    return sums


def _to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
