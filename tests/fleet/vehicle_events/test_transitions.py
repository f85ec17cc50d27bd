"""The changes of states that MovR knows are those of MDS 2.0."""

from collections.abc import Mapping

import pytest

from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events import transitions
from webapp.fleet.vehicle_events.enums import EventType
from webapp.fleet.vehicle_events.transitions import StateChange, is_possible

CHANGES = {
    f"{name} {key}": change
    for name, value in vars(transitions).items()
    for key, change in (value if isinstance(value, Mapping) else {"": value}).items()
    if isinstance(change, StateChange)
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_events_of_each_change_lead_from_the_state_before_to_the_state_after(name: str) -> None:
    for (before, after), event_types in CHANGES[name].events.items():
        assert is_possible(before, event_types, after), (before, event_types, after)


@pytest.mark.parametrize(
    ("before", "event_type", "after"),
    [
        ("available", "trip_end", "available"),
        ("non_operational", "trip_start", "on_trip"),
        ("on_trip", "maintenance", "non_operational"),
        ("reserved", "maintenance", "non_operational"),
        ("removed", "reservation_start", "reserved"),
        ("available", "not_located", "missing"),
        ("missing", "maintenance", "available"),
    ],
)
def test_what_mds_does_not_allow_is_not_possible(before: str, event_type: str, after: str) -> None:
    assert not is_possible(VehicleState(before), [EventType(event_type)], VehicleState(after))


def test_every_type_of_event_has_its_transitions() -> None:
    assert set(transitions.TRANSITIONS) == set(EventType)
