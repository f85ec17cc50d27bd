"""What staff do with a vehicle, and what it changes."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from tests.auth.steps import update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import AnswerReport, FileReport
from tests.fleet.vehicle_events.steps import Event, find_problems, list_events, read_vehicle_events
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import DomainError, NotFound
from webapp.fleet.enums import OutOfServiceReason, PickUpReason, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.vehicle_actions.rules import ActionDetails, list_possible_actions
from webapp.fleet.vehicle_actions.services import (
    ActionNotPossible,
    NoBattery,
    UnsafeReportOpen,
    VehicleOnRide,
    VehicleRetired,
    act_on_vehicle,
)
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.replay import record_unrecorded_states
from webapp.regions.geography import Place, Point
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services.start import start_ride

PIER = Place("Pier 7", Point(40.73, -73.99))
NOTE = "the front wheel"


@pytest.fixture
def staff(make_user: UserFactory) -> User:
    return make_user("mia", roles={"fleet": ["new york"]})


@pytest.fixture
def vehicle(app_context: None, make_vehicle: VehicleFactory) -> Vehicle:
    vehicle = make_vehicle(propulsion_type="electric", battery_percent=40, range_m=8000)
    record_unrecorded_states("us-east1")
    return vehicle


def act(staff: User, vehicle: Vehicle, action: str, **details: Any) -> None:
    act_on_vehicle(staff, vehicle.key, VehicleAction(action), ActionDetails(**details))


def test_an_action_is_an_event_that_says_who_and_why(vehicle: Vehicle, staff: User) -> None:
    act(staff, vehicle, "take_out_of_service", note=NOTE)
    event = read_vehicle_events(vehicle.key)[-1]
    assert (event.actor_region, event.actor_id) == staff.key
    assert (event.action, event.note, event.state) == (
        "take_out_of_service",
        NOTE,
        "non_operational",
    )


@pytest.mark.parametrize(
    ("reason", "there", "back"),
    [
        ("maintenance", "maintenance", "maintenance"),
        ("battery_low", "battery_low", "battery_charged"),
        ("system_suspend", "system_suspend", "system_resume"),
    ],
)
def test_a_vehicle_goes_out_of_service_and_back_for_a_reason(
    vehicle: Vehicle, staff: User, row: RowReader, reason: str, there: str, back: str
) -> None:
    act(staff, vehicle, "take_out_of_service", out_of_service_reason=OutOfServiceReason(reason))
    assert row(Vehicle, vehicle.key).out_of_service_reason == reason
    act(staff, vehicle, "return_to_service")
    assert row(Vehicle, vehicle.key).out_of_service_reason is None
    assert list_events(vehicle.key)[1:] == [
        Event("non_operational", there, "staff"),
        Event("available", back, "staff"),
    ]
    assert find_problems() == []


def test_a_reservation_ends_when_the_vehicle_goes_out_of_service(
    vehicle: Vehicle, staff: User, ada: User
) -> None:
    reserve_vehicle(ada.key, vehicle.public_key)
    act(staff, vehicle, "take_out_of_service")
    assert list_events(vehicle.key)[-1] == Event(
        "non_operational", "reservation_cancel maintenance", "staff"
    )
    with pytest.raises(DomainError):
        start_ride(ada.key, vehicle.public_key)
    assert find_problems() == []


def test_a_vehicle_that_is_picked_up_stays_in_the_fleet_until_it_is_deployed(
    vehicle: Vehicle, staff: User, row: RowReader
) -> None:
    act(staff, vehicle, "pick_up", pick_up_reason=PickUpReason.REBALANCE)
    picked_up: Vehicle = row(Vehicle, vehicle.key)
    assert (picked_up.state, picked_up.is_retired) == ("removed", False)
    act(staff, vehicle, "deploy", place=PIER)
    deployed: Vehicle = row(Vehicle, vehicle.key)
    assert (deployed.state, deployed.picked_up_at) == ("available", None)
    assert deployed.place == PIER
    assert list_events(vehicle.key)[1:] == [
        Event("removed", "rebalance_pick_up", "staff"),
        Event("available", "provider_drop_off", "staff"),
    ]
    assert find_problems() == []


def test_a_missing_vehicle_that_is_found_waits_for_a_check(
    vehicle: Vehicle, staff: User, row: RowReader
) -> None:
    act(staff, vehicle, "mark_missing")
    act(staff, vehicle, "mark_found", place=PIER)
    found: Vehicle = row(Vehicle, vehicle.key)
    assert (found.state, found.out_of_service_reason) == ("non_operational", "maintenance")
    assert found.place == PIER
    assert find_problems() == []


@pytest.mark.parametrize(
    ("battery", "range_m", "after"),
    [
        (50, 9_000, 18_000),
        (50, 2**31 - 1, 1_000_000),
        (1, 999_999, 1_000_000),
        (0, 9_000, 9_000),
        (None, 9_000, 9_000),
        (50, None, None),
    ],
)
def test_the_range_with_a_new_battery_is_in_proportion_and_believable(
    app: Flask, vehicle: Vehicle, staff: User, row: RowReader,
    battery: int | None, range_m: int | None, after: int | None,
) -> None:  # fmt: skip
    update_rows(app, Vehicle, battery_percent=battery, range_m=range_m)
    act(staff, vehicle, "swap_battery")
    assert row(Vehicle, vehicle.key).range_m == after


@pytest.mark.parametrize("picked_up", [False, True])
def test_a_retired_vehicle_has_left_the_fleet(
    vehicle: Vehicle, staff: User, row: RowReader, picked_up: bool
) -> None:
    if picked_up:
        act(staff, vehicle, "pick_up")
    act(staff, vehicle, "retire")
    assert row(Vehicle, vehicle.key).is_retired
    with pytest.raises(VehicleRetired):
        act(staff, vehicle, "deploy", place=PIER)
    assert find_problems() == []


@pytest.mark.parametrize(
    ("reason", "state"),
    [(None, "available"), ("battery_low", "available"), ("maintenance", "non_operational")],
)
def test_a_new_battery_returns_a_vehicle_that_waited_for_one(
    vehicle: Vehicle, staff: User, row: RowReader, reason: str | None, state: str
) -> None:
    if reason:
        act(staff, vehicle, "take_out_of_service", out_of_service_reason=OutOfServiceReason(reason))
    act(staff, vehicle, "swap_battery", battery_percent=80)
    swapped: Vehicle = row(Vehicle, vehicle.key)
    assert (swapped.state, swapped.battery_percent, swapped.range_m) == (state, 80, 16_000)
    assert read_vehicle_events(vehicle.key)[-1].action == "swap_battery"
    assert find_problems() == []


def test_a_vehicle_without_a_battery_gets_no_new_one(
    app: Flask, vehicle: Vehicle, staff: User, row: RowReader
) -> None:
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, propulsion_type="human")
    assert VehicleAction.SWAP_BATTERY not in list_possible_actions(row(Vehicle, vehicle.key))
    with pytest.raises(NoBattery):
        act(staff, vehicle, "swap_battery")


def test_what_changes_no_state_is_an_event_too(
    app: Flask, vehicle: Vehicle, staff: User, row: RowReader
) -> None:
    act(staff, vehicle, "move", place=PIER, note=NOTE)
    act(staff, vehicle, "change_code")
    act(staff, vehicle, "edit", properties={"brand": "Okai", "color": "green"})
    changed: Vehicle = row(Vehicle, vehicle.key)
    assert (changed.place, changed.brand, changed.color) == (PIER, "Okai", "green")
    assert changed.code != vehicle.code
    assert list_events(vehicle.key)[1:] == [Event("available", "", "staff")] * 3
    assert find_problems() == []


def test_a_vehicle_on_a_ride_is_left_alone(vehicle: Vehicle, staff: User, ada: User) -> None:
    start_ride(ada.key, vehicle.public_key)
    for action in VehicleAction:
        with pytest.raises(VehicleOnRide):
            act(staff, vehicle, action, place=PIER, properties={"brand": "Okai"})
    assert find_problems() == []


def test_staff_keep_a_vehicle_out_of_service_that_a_report_took_out(
    vehicle: Vehicle,
    staff: User,
    ada: User,
    row: RowReader,
    file_report: FileReport,
) -> None:
    file_report(ada, vehicle, critical=True)
    act(staff, vehicle, "take_out_of_service", note=NOTE)
    assert row(Vehicle, vehicle.key).out_of_service_reason == "maintenance"
    assert list_events(vehicle.key)[-1] == Event("non_operational", "", "staff")
    with pytest.raises(ActionNotPossible):
        act(staff, vehicle, "take_out_of_service")
    assert find_problems() == []


@pytest.mark.parametrize("action", ["return_to_service", "deploy"])
def test_an_unsafe_vehicle_is_not_returned_to_service(
    vehicle: Vehicle,
    staff: User,
    ada: User,
    file_report: FileReport,
    answer_report: AnswerReport,
    action: str,
) -> None:
    report_key = file_report(ada, vehicle, critical=True)
    with pytest.raises(UnsafeReportOpen):
        act(staff, vehicle, action, place=PIER)
    answer_report(report_key, "resolved")
    act(staff, vehicle, action, place=PIER)
    assert find_problems() == []


@pytest.mark.parametrize("state", [state for state in VehicleState if state != "on_trip"])
@pytest.mark.parametrize("action", VehicleAction)
def test_the_actions_that_are_offered_are_those_that_work(
    app: Flask, vehicle: Vehicle, staff: User, row: RowReader, state: str, action: str
) -> None:
    soon = func.now() + timedelta(minutes=9) if state == "reserved" else None
    values = {"state": state, "event_state": state, "reserved_until": soon}
    picked_up_at = func.now() if state == "removed" else None
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, **values, picked_up_at=picked_up_at)
    is_offered = action in list_possible_actions(row(Vehicle, vehicle.key))
    try:
        act(staff, vehicle, action, place=PIER, properties={"brand": "Okai"})
    except ActionNotPossible:
        assert not is_offered
    else:
        assert is_offered


@pytest.mark.parametrize("action", ["take_out_of_service", "change_code", "retire"])
def test_an_action_that_is_sent_twice_is_done_once(
    vehicle: Vehicle, staff: User, action: str
) -> None:
    details = ActionDetails()
    for _ in range(2):
        act_on_vehicle(staff, vehicle.key, VehicleAction(action), details)
    assert len(list_events(vehicle.key)) == 2


def test_of_two_who_act_at_once_one_is_told(
    app: Flask, vehicle: Vehicle, staff: User, make_user: UserFactory
) -> None:
    other = make_user("noa", roles={"mechanic": ["new york"]})
    results = run_together(
        app,
        *[lambda each=each: act(each, vehicle, "pick_up") for each in (staff, other)],
    )
    assert sorted(type(result).__name__ for result in results) == ["ActionNotPossible", "NoneType"]
    assert len(list_events(vehicle.key)) == 2
    assert find_problems() == []


def test_staff_of_another_city_find_no_vehicle(vehicle: Vehicle, make_user: UserFactory) -> None:
    stranger = make_user("pia", roles={"fleet": ["paris"]})
    mechanic = make_user("noa", roles={"mechanic": ["new york"]})
    with pytest.raises(NotFound):
        act(stranger, vehicle, "take_out_of_service")
    with pytest.raises(NotFound):
        act(mechanic, vehicle, "retire")
    assert len(list_events(vehicle.key)) == 1


def test_a_place_in_another_part_of_the_world_is_refused(vehicle: Vehicle, staff: User) -> None:
    with pytest.raises(PlaceTooFar):
        act(staff, vehicle, "move", place=Place(None, Point(48.85, 2.35)))


def test_no_vehicle_no_action(app_context: None, staff: User) -> None:
    with pytest.raises(NotFound):
        act_on_vehicle(staff, RowKey("us-east1", staff.id), VehicleAction.RETIRE, ActionDetails())
