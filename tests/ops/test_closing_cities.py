"""An admin closes a city: nothing new begins, what runs can end, and it can be opened again."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import age_rows, new_browser
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory, find_city
from tests.job_steps import end_leases, read_mails, run_jobs
from tests.killing import kill_at_statement
from tests.races.steps import ROUNDS
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.fleet.enums import OutOfServiceReason
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.compaction import compact_old_events
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.ops.cities import jobs as city_jobs
from webapp.ops.cities.closing import (
    CityName,
    RidesRunning,
    archive_city,
    close_city,
    reopen_city,
)
from webapp.ops.cities.jobs import (
    return_vehicles,
    take_out_vehicles,
    take_out_vehicles_of_region,
)
from webapp.regions.features import CityClosed
from webapp.regions.geography import Place
from webapp.riders.wallet.ledger import read_balances
from webapp.rides.models import Ride
from webapp.rides.refusal_reasons import VehicleUnavailable
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import extend_reservation, reserve_vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

PAGE = "/admin/cities/new york"
WHY = "the contract ended"


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("boss", roles=["admin"]))


def make_job(region: str) -> RunningJob:
    return RunningJob(RowKey(region, None), "", {}, "", 1, datetime.now(UTC))  # type: ignore[arg-type]


def test_a_closed_city_starts_nothing_and_says_so(
    app: Flask,
    admin: Visitor,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    ada, vehicle = make_user("ada"), make_vehicle()
    page = admin.get(f"{PAGE}/close").text
    assert "Vehicles on the street" in page
    assert admin.send(f"{PAGE}/close", why="").status_code == 422
    assert admin.send(f"{PAGE}/close", why=WHY).status_code == 303
    assert "New York is closed" in admin.get(f"{PAGE}/close").text
    with app.app_context():
        for start in (start_ride, reserve_vehicle):
            with pytest.raises(CityClosed):
                start(ada.key, vehicle.public_key)
    assert "MovR in New York has been closed since" in visitor.get("/city/new york").text
    assert '<option value="new york">' not in visitor.get("/register").text
    owner = new_browser(app).sign_in(ada)
    fields = {
        "type": "bike",
        "brand": "B",
        "color": "red",
        "address": "Pier",
        "lat": "40.7",
        "lon": "-74",
    }
    refused = owner.send("/vehicles/add", **fields)
    assert (refused.status_code, "MovR is closed in this city" in refused.text) == (409, True)


def test_what_runs_goes_on_and_vehicles_go_out_of_service(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, bob = make_user("ada"), make_user("bob", city="paris")
    free, reserved, ridden = make_vehicle(), make_vehicle(), make_vehicle()
    elsewhere = make_vehicle("boston")
    with app.app_context():
        reserve_vehicle(bob.key, reserved.public_key)
        ride_key = start_ride(ada.key, ridden.public_key)
        close_city(find_city(), None, WHY)
    run_jobs(app)
    mails = read_mails(app, bob.email)
    assert mails[-1].subject == "Your reserved vehicle was taken out of service"
    for vehicle in (free, reserved):
        stored = row(Vehicle, vehicle.key)
        assert (stored.state, stored.out_of_service_reason) == ("non_operational", "system_suspend")
    assert row(Vehicle, elsewhere.key).state == "available"
    with app.app_context():
        with pytest.raises(RidesRunning):
            archive_city(find_city(), WHY)
        end_ride(ada.key, ride_key, Place(None, find_city().centre))
        assert row(Ride, ride_key).ended_at
        take_out_vehicles_of_region(NoPayload(), make_job("us-east1"))
        assert row(Vehicle, ridden.key).state == "non_operational"
        archive_city(find_city(), WHY)
        assert find_city().is_archived


def test_a_city_that_is_opened_again_gets_its_vehicles_back(
    app: Flask, make_vehicle: VehicleFactory, row: RowReader, visitor: Visitor
) -> None:
    free, storm = (
        make_vehicle(),
        make_vehicle(
            state="non_operational",
            out_of_service_reason="system_suspend",
            state_changed_at=datetime.now(UTC) - timedelta(days=9),
        ),
    )
    with app.app_context():
        close_city(find_city(), None, WHY)
        run_jobs(app)
        archive_city(find_city(), WHY)
        assert '"new york"' not in visitor.get("/city/boston").text.split("</select>")[0]
        reopen_city(find_city(), "a new contract")
        take_out_vehicles(CityName("new york"), make_job("us-east1"))  # a job that comes late
        run_jobs(app)
    assert row(Vehicle, free.key).state == "available"
    assert row(Vehicle, storm.key).state == "non_operational"
    assert '"new york"' in visitor.get("/city/boston").text.split("</select>")[0]


def test_vehicles_that_wait_to_return_when_the_city_closes_again_return_the_next_time(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    staff, job = make_user("mia", roles=["fleet"]), make_job("us-east1")
    vehicle, storm = make_vehicle(), make_vehicle()
    with app.app_context():
        close_city(find_city(), None, WHY)
        run_jobs(app)
        details = ActionDetails(out_of_service_reason=OutOfServiceReason.SYSTEM_SUSPEND)
        act_on_vehicle(staff, storm.key, VehicleAction.RETURN_TO_SERVICE, ActionDetails())
        act_on_vehicle(staff, storm.key, VehicleAction.TAKE_OUT_OF_SERVICE, details)
        act_on_vehicle(staff, vehicle.key, VehicleAction.CHANGE_CODE, ActionDetails())
        reopen_city(find_city(), WHY)
        close_city(find_city(), None, WHY)
        return_vehicles(CityName("new york"), job)
        assert row(Vehicle, vehicle.key).state == "non_operational"
        reopen_city(find_city(), WHY)
        close_city(find_city(), datetime.now(UTC) + timedelta(days=9), WHY)
        return_vehicles(CityName("new york"), job)
    assert row(Vehicle, vehicle.key).state == "available"
    assert row(Vehicle, storm.key).state == "non_operational", "staff have suspended it"


def test_workers_that_are_killed_leave_no_vehicle_behind_and_write_each_event_once(
    app: Flask, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city_jobs, "SLICE", 2)
    vehicles = [make_vehicle() for _ in range(3)]
    killed_at, is_killed = 0, True
    with app.app_context():
        while is_killed:
            is_killed = False
            for change, state in (
                (lambda: close_city(find_city(), None, WHY), "non_operational"),
                (lambda: reopen_city(find_city(), WHY), "available"),
            ):
                change()
                is_killed |= not run_until_killed(app, killed_at)
                end_leases()
                run_jobs(app)
                assert set(db.session.scalars(select(Vehicle.state))) == {state}
            killed_at += 1
        events = Counter(db.session.scalars(select(VehicleEvent.vehicle_id)))
    assert killed_at > 4
    # The first one is that of the state that was not recorded before.
    assert events == {vehicle.id: 2 * killed_at + 1 for vehicle in vehicles}


def run_until_killed(app: Flask, number: int) -> bool:
    """Run what is due, killed before a statement; return whether all ran."""
    with kill_at_statement(number):
        run_jobs(app)
        return True
    return False


def test_a_reservation_in_a_closed_city_is_not_extended(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    ada, vehicle = make_user("ada"), make_vehicle()
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    with app.app_context():
        reserve_vehicle(ada.key, vehicle.public_key)
        reservation = db.session.get(Reservation, ada.key)
        assert reservation
        close_city(find_city(), None, WHY)  # the job has not run yet
        with pytest.raises(CityClosed):
            extend_reservation(ada.key, reservation, reservation.until)
        assert read_balances(ada.key) == {}


def test_vehicles_return_also_if_the_events_of_the_day_of_closing_are_compacted(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    staff, vehicle = make_user("mia", roles=["fleet"]), make_vehicle()
    with app.app_context():
        close_city(find_city(), None, WHY)
        run_jobs(app)
        act_on_vehicle(staff, vehicle.key, VehicleAction.CHANGE_CODE, ActionDetails())
        day = timedelta(days=1)
        age_rows(app, VehicleEvent, "occurred_at", day)
        age_rows(app, Vehicle, "state_changed_at", day)
        assert compact_old_events(find_city(), timedelta()) == 1
        reopen_city(find_city(), WHY)
        run_jobs(app)
    assert row(Vehicle, vehicle.key).state == "available"


def test_a_city_closes_at_a_time_by_its_own_clocks(
    app: Flask,
    admin: Visitor,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    assert "This is over." in admin.send(f"{PAGE}/close", day="2026-01-01", why=WHY).text
    assert "Choose a day, too." in admin.send(f"{PAGE}/close", time="18:00", why=WHY).text
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    sent = admin.send(f"{PAGE}/close", day=day.isoformat(), time="18:00", why=WHY)
    assert sent.status_code == 303
    with app.app_context():
        city = find_city()
        assert city.closes_at
        assert city.closes_at.astimezone(city.zone).isoformat().startswith(f"{day}T18:00")
        start_ride(make_user("ada").key, make_vehicle().public_key)
        run_jobs(app)
    assert "MovR in New York closes on" in visitor.get("/city/new york").text


def test_of_two_who_close_a_city_one_is_told(app: Flask) -> None:
    with app.app_context():
        city = find_city()
    results = run_together(app, *[lambda: close_city(city, None, WHY)] * 2)
    assert sorted(type(each).__name__ for each in results) == ["EditConflict", "NoneType"]
    with app.app_context(), pytest.raises(EditConflict):
        reopen_city(city, WHY)  # of a page from before


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_ride_that_starts_as_the_city_closes_starts_before_or_not_at_all(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader, _round: int
) -> None:
    ada, vehicle = make_user("ada"), make_vehicle()
    with app.app_context():
        city = find_city()
    calls: list[Callable[[], Any]] = [
        lambda: start_ride(ada.key, vehicle.public_key),
        lambda: close_city(city, None, WHY),
    ]
    started, closed = run_together(app, *calls)
    assert closed is None
    if isinstance(started, RowKey):
        assert row(Vehicle, vehicle.key).state == "on_trip"
    else:
        assert isinstance(started, CityClosed | VehicleUnavailable)
        assert row(Vehicle, vehicle.key).state == "available"
    with app.app_context(), pytest.raises(CityClosed):
        start_ride(make_user("bob").key, make_vehicle().public_key)
