"""Alerts that a job finds: short rides in a row, reservations without rides, outside the area."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.zones.conftest import MakeZone, make_zone  # noqa: F401 - a fixture
from tests.job_steps import run_jobs
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts import scan, scan_queries
from webapp.fleet.alerts.models import AlertScan, VehicleAlert
from webapp.fleet.alerts.scan import scan_city
from webapp.fleet.alerts.scan_queries import ScannedVehicle
from webapp.fleet.alerts.schedules import VEHICLE_ALERTS
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.services import remove_zones
from webapp.ops.jobs.running import JobOutcome
from webapp.ops.jobs.services import run_schedule
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.reservations.services import cancel_reservation, reserve_vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")

Alerts = dict[tuple[UUID, str], int]


@pytest.fixture
def rider(make_user: UserFactory) -> User:
    return make_user("rita")


@pytest.fixture
def mechanic(make_user: UserFactory) -> User:
    return make_user("mo", roles={"fleet": ["new york"]})


def read_vehicle(vehicle: Vehicle) -> Vehicle:
    """Return a vehicle as it is now."""
    return db.session.get_one(Vehicle, vehicle.key, populate_existing=True)


def ride(rider: User, vehicle: Vehicle, minutes: float = 1, move: float = 0) -> None:
    """Ride a vehicle that long, so many degrees to the north."""
    now = read_vehicle(vehicle)
    assert now.lat is not None
    assert now.lon is not None
    age, rides = timedelta(minutes=minutes), update(Ride).where(Ride.vehicle_id == vehicle.id)
    start = {"started_at": Ride.started_at - age}
    execute_write(rides.values(ended_at=Ride.ended_at - age, **start))
    ride_key = start_ride(rider.key, now.public_key)
    execute_write(rides.where(Ride.id == ride_key.id).values(start))
    end_ride(rider.key, ride_key, Place("", Point(now.lat + move, now.lon)))


@pytest.fixture(autouse=True)
def _reserve_freely(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let riders reserve a vehicle again and again."""
    monkeypatch.setitem(app.config, "RESERVE_AGAIN_S", 0)
    monkeypatch.setitem(app.config, "FREE_RESERVATION_MIN_PER_DAY", 600)


def reserve(rider: User, vehicle: Vehicle) -> None:
    reserve_vehicle(rider.key, read_vehicle(vehicle).public_key)
    cancel_reservation(rider.key)


def act(staff: User, vehicle: Vehicle, *actions: VehicleAction) -> None:
    for action in actions:
        act_on_vehicle(staff, vehicle.key, action, ActionDetails())


def read_alerts() -> Alerts:
    """Return the values of all alerts, by vehicle and kind."""
    alerts = table(VehicleAlert).c
    rows = db.session.execute(select(alerts.vehicle_id, alerts.kind, alerts.value)).all()
    return {(id_, kind): value for id_, kind, value in rows}


def find_alerts() -> Alerts:
    """Scan New York; return the alerts."""
    scan_city(find_city())
    return read_alerts()


def settle() -> None:
    """Let all vehicles have changed long ago, and all of that be looked at."""
    long_ago = {"changed_at": Vehicle.changed_at - timedelta(minutes=10)}
    execute_write(update(Vehicle).where(Vehicle.city == "new york").values(long_ago))
    scan_city(find_city())


def test_short_rides_in_a_row_are_counted_until_a_ride_is_not_short(
    make_vehicle: VehicleFactory, rider: User
) -> None:
    vehicle = make_vehicle()
    for minutes in (1, 20, 1):
        ride(rider, vehicle, minutes)
    assert find_alerts() == {}, "one is not a row"
    for _ in range(2):
        ride(rider, vehicle, 1.5)
    assert find_alerts() == {(vehicle.id, "short_rides"): 3}
    ride(rider, vehicle, 1, move=0.01)
    assert find_alerts() == {}, "it was fast, but led somewhere"


def test_the_settings_say_which_rides_are_short(
    app: Flask, make_vehicle: VehicleFactory, rider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = make_vehicle()
    for _ in range(2):
        ride(rider, vehicle, 4)
    settle()
    assert read_alerts() == {}
    monkeypatch.setitem(app.config, "SHORT_RIDE_MAX_S", 300)
    assert find_alerts() == {(vehicle.id, "short_rides"): 2}, "all vehicles are looked at again"


def test_reservations_without_a_ride_are_counted(make_vehicle: VehicleFactory, rider: User) -> None:
    vehicle = make_vehicle()
    reserve(rider, vehicle)
    ride(rider, vehicle, 20)
    for _ in range(3):
        reserve(rider, vehicle)
    assert find_alerts() == {(vehicle.id, "reserved_often"): 3}
    ride(rider, vehicle, 20)
    assert find_alerts() == {}


def test_a_vehicle_that_staff_put_back_on_the_street_begins_anew(
    make_vehicle: VehicleFactory, rider: User, mechanic: User
) -> None:
    vehicle = make_vehicle()
    for _ in range(2):
        ride(rider, vehicle)
    for _ in range(2):
        reserve(rider, vehicle)
    assert len(find_alerts()) == 2
    act(mechanic, vehicle, VehicleAction.TAKE_OUT_OF_SERVICE)
    assert len(find_alerts()) == 2, "nobody has said that it is in order"
    act(mechanic, vehicle, VehicleAction.RETURN_TO_SERVICE)
    assert find_alerts() == {}
    earlier = {"occurred_at": VehicleEvent.occurred_at - timedelta(seconds=150)}
    execute_write(update(VehicleEvent).values(earlier))
    for _ in range(2):
        ride(rider, vehicle)
    assert find_alerts() == {(vehicle.id, "short_rides"): 2}


def test_vehicles_outside_of_the_service_area_are_found_with_their_distance(
    make_vehicle: VehicleFactory,
    make_zone: MakeZone,  # noqa: F811 - the fixture
) -> None:
    centre = find_city().centre
    outside = make_vehicle(at=(centre.lat + 0.01, centre.lon))
    make_vehicle()
    make_vehicle(at=None, lat=None, lon=None, cell=None)
    make_vehicle(at=(centre.lat + 0.01, centre.lon), state="on_trip")
    settle()
    assert read_alerts() == {}, "the city has no service area"
    make_zone(ZoneKind.NO_PARKING, side=50)
    make_zone(ZoneKind.SERVICE_AREA, side=200)
    alerts = find_alerts()
    assert alerts.keys() == {(outside.id, "outside_area")}
    assert alerts[(outside.id, "outside_area")] == pytest.approx(912, abs=5)
    remove_zones(find_city())
    zone_cache().forget()
    assert find_alerts() == {}, "all vehicles are looked at again when zones change"


@pytest.mark.parametrize(
    "leave",
    [
        (VehicleAction.PICK_UP,),
        (VehicleAction.RETIRE,),
        (VehicleAction.PICK_UP, VehicleAction.RETIRE),
    ],
)
def test_a_vehicle_that_leaves_the_street_has_no_alert_at_once(
    make_vehicle: VehicleFactory, rider: User, mechanic: User, leave: tuple[VehicleAction, ...]
) -> None:
    vehicle = make_vehicle()
    for _ in range(2):
        ride(rider, vehicle)
    assert len(find_alerts()) == 1
    act(mechanic, vehicle, leave[0])
    assert read_alerts() == {}
    assert find_alerts() == {}


def test_a_scan_reads_only_what_has_changed_since_the_last_one(
    make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PAGE", 2)
    monkeypatch.setattr(scan_queries, "PAGE", 2)
    seen: list[UUID] = []
    find = scan._find_alerts

    def note(zones: Any, vehicle: ScannedVehicle) -> Any:
        seen.append(vehicle.id)
        return find(zones, vehicle)

    monkeypatch.setattr(scan, "_find_alerts", note)
    same_time = func.now() - timedelta(hours=1)
    ids = {make_vehicle(changed_at=same_time).id for _ in range(5)}
    make_vehicle("boston")
    scan_city(find_city())
    assert sorted(seen) == sorted(ids), "those that changed at the same time are not left out"
    seen.clear()
    new = make_vehicle()
    for _ in range(2):
        scan_city(find_city())
    assert seen == [new.id, new.id], "a transaction may still be open that began before it"


def test_an_alert_is_so_since_its_value_reached_the_threshold(
    make_vehicle: VehicleFactory, rider: User
) -> None:
    vehicle = make_vehicle()
    since = select(VehicleAlert.since < func.now() - timedelta(hours=1))

    def ride_and_find(minutes: float = 1) -> bool:
        """Return whether the alert is as old as before."""
        execute_write(update(table(VehicleAlert)).values(since=func.now() - timedelta(days=1)))
        ride(rider, vehicle, minutes)
        find_alerts()
        return bool(db.session.scalar(since))

    for _ in range(2):
        ride(rider, vehicle)
    find_alerts()
    assert not ride_and_find(), "the third ride reaches the threshold"
    assert ride_and_find(), "more of them do not make it younger"
    assert not ride_and_find(minutes=20), "it is over"
    for _ in range(2):
        ride(rider, vehicle)
    find_alerts()
    assert not db.session.scalar(since), "another row of rides"


def test_an_alert_comes_with_its_vehicle_into_another_city(
    make_vehicle: VehicleFactory, rider: User
) -> None:
    moved, recovered = make_vehicle(), make_vehicle()
    for vehicle in (moved, recovered):
        for _ in range(3):
            ride(rider, vehicle)
    assert len(find_alerts()) == 2
    move = {"city": "boston", "changed_at": func.now()}
    execute_write(update(Vehicle).values(move))
    ride(rider, recovered, 20)
    scan_city(find_city("boston"))
    assert read_alerts() == {(moved.id, "short_rides"): 3}
    assert db.session.scalars(select(VehicleAlert.city)).all() == ["boston"]


def test_a_scan_with_former_settings_ends_when_another_one_begins(
    app: Flask, make_vehicle: VehicleFactory, rider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_queries, "PAGE", 1)
    monkeypatch.setattr(scan, "PAGE", 1)
    for _ in range(3):
        vehicle = make_vehicle()
        for _ in range(2):
            ride(rider, vehicle, 4)
    record, pages = scan._record_alerts, []

    def record_late(*arguments: Any) -> None:
        monkeypatch.setattr(scan, "_record_alerts", record)
        monkeypatch.setitem(app.config, "SHORT_RIDE_MAX_S", 300)
        assert len(find_alerts()) == 3
        monkeypatch.setattr(scan, "_record_alerts", note)
        record(*arguments)

    def note(*arguments: Any) -> None:
        pages.append(arguments)

    monkeypatch.setattr(scan, "_record_alerts", record_late)
    assert len(find_alerts()) == 3, "the former settings would find none"
    assert not pages
    version = db.session.scalar(select(AlertScan.settings_version))
    assert version
    assert " 300 " in version


def test_a_ride_that_ends_while_the_job_looks_is_not_overwritten(
    app: Flask,
    make_vehicle: VehicleFactory,
    rider: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vehicle = make_vehicle()
    for _ in range(2):
        ride(rider, vehicle)
    record = scan._record_alerts

    def record_late(*arguments: Any) -> None:
        monkeypatch.setattr(scan, "_record_alerts", record)
        ride(rider, vehicle, 20)
        record(*arguments)

    monkeypatch.setattr(scan, "_record_alerts", record_late)
    assert find_alerts() == {}, "what was read is not so any more"
    assert find_alerts() == {}


def test_jobs_and_rides_at_once_end_with_the_right_alert(
    app: Flask, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    vehicles = [make_vehicle() for _ in range(3)]
    riders = [make_user(f"rider{n}") for n in range(3)]

    def ride_shortly(number: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(4):
                ride(riders[number], vehicles[number])

        return run

    def look() -> None:
        for _ in range(4):
            scan_city(find_city())

    results = run_together(app, *[ride_shortly(number) for number in range(3)], look, look)
    assert results == [None] * 5
    assert find_alerts() == {(vehicle.id, "short_rides"): 4 for vehicle in vehicles}


def test_a_worker_finds_the_alerts_of_its_region(
    app: Flask, make_vehicle: VehicleFactory, rider: User
) -> None:
    vehicle = make_vehicle()
    for _ in range(2):
        ride(rider, vehicle)
    run_schedule(VEHICLE_ALERTS, "us-east1")
    assert set(run_jobs(app)) <= {JobOutcome.DONE}
    assert read_alerts() == {(vehicle.id, "short_rides"): 2}
    assert set(db.session.scalars(select(AlertScan.city))) == {"boston", "new york"}, "its cities"
