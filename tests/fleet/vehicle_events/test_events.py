"""Each change of a vehicle's state is an event, in the statement of the change."""

from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, update

from tests.auth.steps import update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import AnswerReport, FileReport
from tests.fleet.vehicle_events.steps import (
    Event,
    find_problems,
    list_events,
    read_vehicle_events,
)
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import OutOfServiceReason, PickUpReason
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import remove_vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails, list_possible_actions
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.replay import record_unrecorded_states
from webapp.fleet.vehicle_events.state_times import fill_state_times
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import cancel_reservation, reserve_vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

PIER = Place("Pier 7", Point(40.73, -73.99))
FIRST = Event("available", "unspecified", "unknown")


@pytest.fixture
def vehicle(app_context: None, make_vehicle: VehicleFactory, bob: User) -> Vehicle:
    """A vehicle of bob's whose first state is recorded."""
    vehicle = make_vehicle(owner=bob)
    record_unrecorded_states("us-east1")
    return vehicle


def read_public_key(row: RowReader, vehicle: Vehicle) -> RowKey:
    key: RowKey = row(Vehicle, vehicle.key).public_key
    return key


def test_a_ride_is_two_events_with_their_ride_and_nobody_named(
    vehicle: Vehicle, ada: User, row: RowReader
) -> None:
    ride_key = start_ride(ada.key, vehicle.public_key)
    end_ride(ada.key, ride_key, PIER)
    assert list_events(vehicle.key) == [
        FIRST,
        Event("on_trip", "trip_start", "rider"),
        Event("available", "trip_end", "rider"),
    ]
    _, start, end = read_vehicle_events(vehicle.key)
    ride: Ride = row(Ride, ride_key)
    assert [start.ride_id, end.ride_id] == [ride_key.id] * 2
    assert start.occurred_at == ride.started_at
    assert {start.actor_id, end.actor_id} == {None}
    assert find_problems() == []


def test_a_reservation_that_is_used_or_cancelled(vehicle: Vehicle, ada: User, bob: User) -> None:
    reserve_vehicle(ada.key, vehicle.public_key)
    cancel_reservation(ada.key)
    start_ride(bob.key, vehicle.public_key)
    assert list_events(vehicle.key)[1:] == [
        Event("reserved", "reservation_start", "rider"),
        Event("available", "reservation_cancel", "rider"),
        Event("on_trip", "trip_start", "rider"),
    ]
    assert find_problems() == []


def test_a_reservation_that_lapsed_is_noticed_later_and_dated_when_it_happened(
    app: Flask, vehicle: Vehicle, ada: User, bob: User, row: RowReader
) -> None:
    reserve_vehicle(ada.key, vehicle.public_key)
    expired_at = func.now() - timedelta(minutes=3)
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, reserved_until=expired_at)
    until = row(Vehicle, vehicle.key).reserved_until
    assert find_problems() == []
    start_ride(bob.key, vehicle.public_key)
    assert list_events(vehicle.key)[2:] == [
        Event("available", "reservation_cancel", "time"),
        Event("on_trip", "trip_start", "rider"),
    ]
    expiry = read_vehicle_events(vehicle.key)[2]
    assert expiry.occurred_at == until < expiry.recorded_at
    assert find_problems() == []


def test_a_critical_report_ends_a_reservation_and_staff_return_the_vehicle(
    vehicle: Vehicle, ada: User, file_report: FileReport, answer_report: AnswerReport
) -> None:
    reserve_vehicle(ada.key, vehicle.public_key)
    report_key = file_report(ada, vehicle, critical=True)
    answer_report(report_key, "resolved", returns_to_service=True)
    assert list_events(vehicle.key)[2:] == [
        Event("non_operational", "reservation_cancel maintenance", "rider"),
        Event("available", "maintenance", "staff"),
    ]
    assert find_problems() == []


def test_a_vehicle_with_a_critical_report_goes_out_of_service_after_its_ride(
    vehicle: Vehicle, ada: User, file_report: FileReport
) -> None:
    ride_key = start_ride(ada.key, vehicle.public_key)
    file_report(ada, vehicle, critical=True)
    end_ride(ada.key, ride_key, PIER)
    assert list_events(vehicle.key)[2:] == [
        Event("non_operational", "trip_end maintenance", "rider")
    ]
    assert find_problems() == []


def test_an_owner_who_removes_a_vehicle_is_named(vehicle: Vehicle, bob: User) -> None:
    remove_vehicle(bob.key, vehicle.key)
    remove_vehicle(bob.key, vehicle.key)
    assert list_events(vehicle.key)[1:] == [Event("removed", "decommissioned", "owner")]
    event = read_vehicle_events(vehicle.key)[1]
    assert (event.actor_region, event.actor_id) == bob.key
    assert find_problems() == []


def test_a_refused_change_is_no_event(app: Flask, vehicle: Vehicle, ada: User, bob: User) -> None:
    results = run_together(
        app, *[lambda key=user.key: start_ride(key, vehicle.public_key) for user in (ada, bob)]
    )
    assert len([result for result in results if isinstance(result, RowKey)]) == 1
    assert [event.event_types for event in list_events(vehicle.key)[1:]] == ["trip_start"]
    assert find_problems() == []


def test_a_change_by_a_release_without_events_is_recorded_with_the_next_one(
    vehicle: Vehicle, ada: User, bob: User
) -> None:
    ride_key = start_ride(ada.key, vehicle.public_key)
    change = {"state": "available"}
    execute_write(update(Ride).where(Ride.id == ride_key.id).values(ended_at=func.now()))
    execute_write(update(Vehicle).where(Vehicle.id == vehicle.id).values(change))
    assert find_problems() == ["no event says that it is available"]
    remove_vehicle(bob.key, vehicle.key)
    assert list_events(vehicle.key)[2:] == [
        Event("available", "unspecified", "unknown"),
        Event("removed", "decommissioned", "owner"),
    ]
    assert find_problems() == []


def test_states_that_no_event_explains_are_recorded_once(
    app_context: None, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.fleet.vehicle_events.replay.BATCH", 2)
    vehicles = [make_vehicle(state=state) for state in ("available", "removed", "missing") * 2]
    assert len(find_problems()) == 6
    assert record_unrecorded_states("us-east1") == 6
    assert record_unrecorded_states("us-east1") == 0
    for vehicle in vehicles:
        assert list_events(vehicle.key) == [Event(vehicle.state, "unspecified", "unknown")]
        assert read_vehicle_events(vehicle.key)[0].occurred_at == vehicle.changed_at
    assert find_problems() == []


def test_a_change_of_state_says_when_and_ends_what_was_true_of_the_state_before(
    app: Flask, vehicle: Vehicle, ada: User, row: RowReader
) -> None:
    then = func.now() - timedelta(days=3)
    values = {
        "state_changed_at": then,
        "picked_up_at": then,
        "out_of_service_reason": "maintenance",
    }
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, **values)
    start_ride(ada.key, vehicle.public_key)
    ridden: Vehicle = row(Vehicle, vehicle.key)
    assert ridden.state_changed_at == read_vehicle_events(vehicle.key)[-1].occurred_at
    assert (ridden.picked_up_at, ridden.out_of_service_reason) == (None, None)


def test_since_when_a_vehicle_is_in_its_state_is_filled_for_vehicles_from_before(
    app: Flask, vehicle: Vehicle, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    without_event = make_vehicle(state="missing")
    known = make_vehicle().key, func.now() - timedelta(days=3)
    update_rows(app, Vehicle, Vehicle.id.in_([vehicle.id, without_event.id]), state_changed_at=None)
    update_rows(app, Vehicle, Vehicle.id == known[0].id, state_changed_at=known[1])
    before = row(Vehicle, known[0]).state_changed_at
    for _ in range(2):
        fill_state_times("us-east1")
    assert row(Vehicle, known[0]).state_changed_at == before
    (event,) = read_vehicle_events(vehicle.key)
    assert row(Vehicle, vehicle.key).state_changed_at == event.occurred_at
    changed = row(Vehicle, without_event.key)
    assert changed.state_changed_at == changed.changed_at


@pytest.mark.parametrize("seed", range(4))
def test_after_any_sequence_of_acts_the_events_lead_to_the_state(
    app: Flask,
    app_context: None,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
    answer_report: AnswerReport,
    seed: int,
) -> None:
    """Acts that a rule refuses are part of it; so are reservations that expire."""
    walk = RandomWalk(app, make_user, make_vehicle, file_report, answer_report, seed)
    for _ in range(60):
        walk.act()
    assert walk.done > 20
    assert find_problems() == []


class RandomWalk:
    """Riders, an owner and staff who do anything with some vehicles."""

    def __init__(
        self,
        app: Flask,
        make_user: UserFactory,
        make_vehicle: VehicleFactory,
        file_report: FileReport,
        answer_report: AnswerReport,
        seed: int,
    ) -> None:
        self.app = app
        self.random = Random(seed)
        self.riders = [make_user() for _ in range(2)]
        self.owner = make_user()
        self.staff = make_user(roles=["fleet"])
        self.vehicles = [make_vehicle(owner=self.owner) for _ in range(3)]
        self.file_report, self.answer_report = file_report, answer_report
        self.rides: dict[User, RowKey] = {}
        self.reports: list[RowKey] = []
        #: Acts that no rule refused.
        self.done = 0

    def act(self) -> None:
        """Do something, which a rule may refuse."""
        acts = [self.reserve, self.cancel, self.start, self.start, self.end, self.report,
                self.answer, self.expiry, self.expiry, self.work]  # fmt: skip
        if self.random.random() < 0.02:
            acts = [self.remove]
        rider, vehicle = self.random.choice(self.riders), self.random.choice(self.vehicles)
        try:
            self.random.choice(acts)(rider, db.session.get_one(Vehicle, vehicle.key))
        except DomainError:
            return
        finally:
            db.session.remove()
        self.done += 1

    def reserve(self, rider: User, vehicle: Vehicle) -> None:
        update_rows(self.app, Vehicle, Vehicle.id == vehicle.id, free_reserved_min=0)
        reserve_vehicle(rider.key, vehicle.public_key)

    def cancel(self, rider: User, _: Vehicle) -> None:
        cancel_reservation(rider.key)

    def start(self, rider: User, vehicle: Vehicle) -> None:
        self.rides[rider] = start_ride(rider.key, vehicle.public_key)

    def end(self, rider: User, _: Vehicle) -> None:
        if ride_key := self.rides.pop(rider, None):
            end_ride(rider.key, ride_key, PIER)

    def report(self, rider: User, vehicle: Vehicle) -> None:
        self.reports.append(self.file_report(rider, vehicle, critical=True))

    def answer(self, _: User, __: Vehicle) -> None:
        while self.reports:
            self.answer_report(self.reports.pop(), "resolved", returns_to_service=True)

    def work(self, _: User, vehicle: Vehicle) -> None:
        actions = sorted(set(list_possible_actions(vehicle)) - {VehicleAction.RETIRE})
        details = ActionDetails(
            out_of_service_reason=self.random.choice(list(OutOfServiceReason)),
            pick_up_reason=self.random.choice(list(PickUpReason)),
            place=PIER,
            properties={"brand": "Okai"},
        )
        if actions:
            act_on_vehicle(self.staff, vehicle.key, self.random.choice(actions), details)

    def remove(self, _: User, vehicle: Vehicle) -> None:
        remove_vehicle(self.owner.key, vehicle.key)

    def expiry(self, _: User, vehicle: Vehicle) -> None:
        earlier = func.now() - timedelta(hours=1)
        is_reserved = (Vehicle.id == vehicle.id) & (Vehicle.reserved_until.is_not(None))
        update_rows(self.app, Vehicle, is_reserved, reserved_until=earlier)
        update_rows(self.app, Reservation, Reservation.vehicle_id == vehicle.id, until=earlier)
