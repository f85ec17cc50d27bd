"""The worked samples of the methodology of MDS Metrics, sections 1.1, 1.4 and 1.5.

https://github.com/openmobilityfoundation/mobility-data-specification/blob/main/metrics/metrics_methodology.md
"""

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.factories import VehicleFactory, find_city
from tests.numbers.steps import Event, clock, make_history
from webapp.extensions import db
from webapp.numbers.enums import Metric
from webapp.numbers.rollups import FleetStates, SumsByPeriod, sum_events, sum_state_times
from webapp.numbers.sources import (
    EventCount,
    StateChanges,
    event_counts_query,
    state_changes_query,
)

pytestmark = pytest.mark.usefixtures("app_context")

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def read_sums(metric: Metric, *limits: str) -> dict[tuple[int, str], int]:
    """Return the sums between limits, by the number of the interval and the dimension."""
    city, moments = find_city(), [clock(each, DAY) for each in limits]
    sums: SumsByPeriod
    if metric is Metric.STATE_TIME:
        rows = db.session.execute(state_changes_query(city, moments, until_now=True))
        sums, _at_start = sum_state_times(map(StateChanges._make, rows), moments, FleetStates())
    else:
        counts = db.session.execute(event_counts_query(city, moments))
        sums = sum_events(map(EventCount._make, counts))
    return Counter({(i, s.dimension): v for (i, s), v in sums.items() if s.metric == metric})


def add_vehicles(make_vehicle: VehicleFactory, *vehicles: str) -> None:
    """Add vehicles, each with events such as ``10:04 reserved reservation_start``."""
    for vehicle in vehicles:
        words = [event.split() for event in vehicle.split(", ")]
        events = [Event(clock(time, DAY), state, types) for time, state, *types in words]
        make_history(make_vehicle, events)


def test_the_average_number_of_available_vehicles_is_1_53(make_vehicle: VehicleFactory) -> None:
    add_vehicles(
        make_vehicle,
        "08:00 available, 10:07 non_operational",
        "08:00 removed, 10:04 available, 10:10 reserved",
        "08:00 available, 10:01 reserved, 10:06 available",
    )
    times = read_sums(Metric.STATE_TIME, "10:00", "10:15")
    minutes = times[0, "available"] / 60_000
    assert minutes == 23
    assert round(minutes / 15, 2) == 1.53


def test_durations_and_events_are_those_of_the_sample(make_vehicle: VehicleFactory) -> None:
    add_vehicles(
        make_vehicle,
        "08:00 available, 09:59 reserved reservation_start, 10:04 on_trip trip_start,"
        " 10:10 available trip_end, 10:18 reserved reservation_start",
        "08:00 removed, 10:06 available provider_drop_off, 10:20 reserved reservation_start",
    )
    limits = ("09:45", "10:00", "10:15", "10:30")
    times = read_sums(Metric.STATE_TIME, *limits)
    assert times[0, "reserved"] == 60_000
    # The sample counts the reservation of 10:00 to 10:04 as 180 s; it lasts 240.
    assert times[1, "reserved"] == 240_000
    assert times[1, "on_trip"] == 360_000
    assert times[1, "available"] == 540_000 + 300_000
    assert not any(state == "removed" for _, state in times)
    assert read_sums(Metric.EVENTS, *limits) == {
        (0, "reservation_start"): 1,
        (1, "trip_start"): 1,
        (1, "provider_drop_off"): 1,
        (1, "trip_end"): 1,
        (2, "reservation_start"): 2,
    }
    assert read_sums(Metric.RESERVED_RIDES, *limits) == {(1, ""): 1}
