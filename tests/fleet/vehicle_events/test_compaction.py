"""Of the events of a day long ago, the last one of each vehicle stays."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, insert, literal, select, update

from tests.factories import RowReader, VehicleFactory, find_city
from tests.fleet.vehicle_events.steps import find_problems, read_vehicle_events
from tests.killing import kill_at_statement
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events import compaction
from webapp.fleet.vehicle_events.compaction import (
    EventNumber,
    choose_kept_events,
    compact_old_events,
)
from webapp.fleet.vehicle_events.models import VehicleEvent, VehicleEventCompaction
from webapp.fleet.vehicle_events.replay import record_unrecorded_states
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

AGE = timedelta(days=400)
HERE = Place("here", Point(40.73, -73.99))
A, B = UUID(int=1), UUID(int=2)
Number = EventNumber


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([], []),
        ([Number(A, 1, 0)], [Number(A, 1, 0)]),
        ([Number(A, 4, 0), Number(A, 5, 0), Number(A, 6, 0)], [Number(A, 6, 2)]),
        ([Number(A, 4, 0), Number(A, 6, 0), Number(A, 7, 0)], [Number(A, 4, 0), Number(A, 7, 1)]),
        ([Number(A, 1, 0), Number(B, 2, 0), Number(B, 3, 0)], [Number(A, 1, 0), Number(B, 3, 1)]),
        ([Number(A, 3, 2), Number(A, 4, 0), Number(A, 7, 2)], [Number(A, 7, 6)]),
        ([Number(A, 7, 2)], [Number(A, 7, 2)]),
        (
            [Number(A, 1, 0), Number(A, 2, 0, True), Number(A, 3, 0), Number(A, 4, 0)],
            [Number(A, 2, 1, True), Number(A, 4, 1)],
        ),
    ],
)
def test_of_events_that_follow_each_other_the_last_one_stays(
    events: list[EventNumber], kept: list[EventNumber]
) -> None:
    assert choose_kept_events(events)[0] == kept
    assert choose_kept_events(kept) == (kept, [])


@pytest.fixture
def ridden(app_context: None, make_vehicle: VehicleFactory, ada: User, row: RowReader) -> Vehicle:
    """A vehicle that had three rides: seven events."""
    vehicle = make_vehicle()
    record_unrecorded_states("us-east1")
    for _ in range(3):
        public_key = row(Vehicle, vehicle.key).public_key
        end_ride(ada.key, start_ride(ada.key, public_key), HERE)
    return vehicle


def move_to_day(vehicle: Vehicle, days_ago: int, *numbers: int) -> None:
    """Let events have happened at noon of another day."""
    events = table(VehicleEvent)
    day = func.timezone("UTC", func.date_trunc("day", func.timezone("UTC", func.now())))
    execute_write(
        update(events)
        .where(events.c.vehicle_id == vehicle.id, events.c.number.in_(numbers))
        .values(occurred_at=day - timedelta(days=days_ago, hours=-12))
    )


def list_numbers(vehicle: Vehicle) -> list[tuple[int, int]]:
    events = read_vehicle_events(vehicle.key)
    return [(event.number, event.compacted_count) for event in events]


def test_old_events_are_compacted_to_one_a_day_and_still_lead_to_the_state(ridden: Vehicle) -> None:
    move_to_day(ridden, 404, 1, 2, 3)
    move_to_day(ridden, 402, 4, 5)
    move_to_day(ridden, 399, 6, 7)
    deleted = [compact_old_events(find_city(), AGE) for _ in range(2)]
    assert deleted == [3, 0]
    assert list_numbers(ridden) == [(3, 2), (5, 1), (6, 0), (7, 0)]
    assert find_problems() == []


def test_an_event_that_is_missing_after_compaction_is_noticed(ridden: Vehicle) -> None:
    move_to_day(ridden, 404, 1, 2, 3)
    compact_old_events(find_city(), AGE)
    events = table(VehicleEvent)
    execute_write(update(events).where(events.c.number == 3).values(compacted_count=1))
    assert find_problems() == ["event 1 is missing"]


def test_compaction_that_is_killed_between_its_statements_leaves_all_as_it_was(
    ridden: Vehicle,
) -> None:
    move_to_day(ridden, 404, 1, 2, 3)
    all_events, number = list_numbers(ridden), 0
    while list_numbers(ridden) == all_events:
        with kill_at_statement(number):
            compact_old_events(find_city(), AGE)
        number += 1
    assert number > 5
    assert find_problems() == []
    assert list_numbers(ridden)[0] == (3, 2)


def test_what_the_release_before_has_compacted_is_not_looked_at_again(ridden: Vehicle) -> None:
    move_to_day(ridden, 430, 1, 2)
    move_to_day(ridden, 402, 3, 4)
    execute_write(
        update(City)
        .where(City.name == "new york")
        .values(events_compacted_until=func.now() - timedelta(days=410))
    )
    assert compact_old_events(find_city(), AGE) == 1
    assert list_numbers(ridden)[:3] == [(1, 0), (2, 0), (4, 1)]


def test_each_day_is_looked_at_once_from_the_oldest_event_on(
    ridden: Vehicle, row: RowReader
) -> None:
    move_to_day(ridden, 430, 1, 2)
    move_to_day(ridden, 402, 3, 4)
    assert compact_old_events(find_city("boston"), AGE) == 0
    with kill_at_statement(20):
        compact_old_events(find_city(), AGE)
    assert row(VehicleEventCompaction, ("us-east1", "new york")).done_until is not None
    assert row(City, ("new york",)).events_compacted_until is None, "all regions would wait for it"
    assert compact_old_events(find_city(), AGE) > 0
    assert list_numbers(ridden)[:2] == [(2, 1), (4, 1)]
    move_to_day(ridden, 401, 5, 6)
    assert compact_old_events(find_city(), AGE) == 0, "its day is done"
    assert compact_old_events(find_city(), AGE - timedelta(days=1)) == 0
    move_to_day(ridden, 399, 5, 6)
    assert compact_old_events(find_city(), AGE - timedelta(days=2)) == 1
    assert find_problems() == []


def test_many_vehicles_are_compacted_page_by_page(
    app_context: None, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "PAGE", 2)
    monkeypatch.setattr(compaction, "BATCH", 1)
    vehicles = [make_vehicle() for _ in range(5)]
    record_unrecorded_states("us-east1")
    events = table(VehicleEvent)
    names = ["region", "vehicle_id", "city", "state", "event_types", "cause"]
    columns = [events.c[name] for name in names]
    for number in (2, 3):
        copies = select(*columns, literal(number)).where(events.c.number == 1)
        execute_write(insert(events).from_select([*names, "number"], copies))
    for vehicle in vehicles:
        move_to_day(vehicle, 404, 1, 2, 3)
    assert compact_old_events(find_city(), AGE) == 10
    assert {tuple(list_numbers(vehicle)) for vehicle in vehicles} == {((3, 2),)}
