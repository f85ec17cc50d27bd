"""``flask demo --scale``: a fleet of a chosen size with months of rides."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

import config
from tests.databases import delete_all_statement
from tests.ops.demo_city import make_city
from tests.visitor import Visitor
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.users import find_user
from webapp.db.copying import copy_rows
from webapp.db.types import table
from webapp.extensions import Base, db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import OPEN_STATES, ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.enums import TaskState
from webapp.fleet.tasks.models import Task, TaskPart
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.services import ZoneImportOptions, zone_rows
from webapp.ops.demo.cities import CITIES, DemoCity
from webapp.ops.demo.scaled_fleet import options as fleet_options
from webapp.ops.demo.scaled_fleet import services
from webapp.ops.demo.scaled_fleet.accounts import STAFF_ROLES
from webapp.ops.demo.scaled_fleet.generator import FleetGenerator
from webapp.ops.demo.scaled_fleet.options import BATCH_VEHICLES, FleetOptions, Scale, Size
from webapp.ops.demo.scaled_fleet.rows import TABLES, Row
from webapp.ops.demo.scaled_fleet.services import load_fleet
from webapp.ops.demo.zones import build_zone_file
from webapp.regions.geography import Point, distance_m
from webapp.riders.wallet.models import WalletBalance
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import OpenRide, Ride

#: A Wednesday noon in New York.
NOW = datetime(2026, 9, 16, 16, tzinfo=UTC)
DAYS = 21
SMALL = FleetOptions(CITIES[0], Scale.SMALL, NOW, DAYS)
#: A short one, for what is about loading and not about rides.
SHORT = FleetOptions(CITIES[0], Scale.SMALL, NOW, days=2)


@pytest.fixture
def demo(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, with a place of its own for the demo's password."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    # Statistics outlive the rows: tests of plans after these would get those of the demo.
    monkeypatch.setattr(services, "_analyze", lambda _: None)
    with app.app_context():
        yield app


@cache
def batch(options: FleetOptions = SMALL) -> dict[type[Base], list[Row]]:
    """The first batch of a fleet in a city without prices."""
    return FleetGenerator(options, {}).make_batch(0).by_table


# Any: columns of several types.
def rides() -> list[dict[str, Any]]:
    return sorted(batch()[Ride], key=lambda ride: str(ride["started_at"]))


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table(model))) or 0


def read_all() -> dict[str, list[str]]:
    """Return all rows of the fleet; not the accounts of the demo itself, such as ``rider``."""
    queries = {model.__tablename__: select(table(model)) for model in TABLES}
    queries["users"] = queries["users"].where(User.username.contains("."))
    queries["grants"] = queries["grants"].where(RoleGrant.cities.is_not(None))
    return {name: sorted(map(str, db.session.execute(q).all())) for name, q in queries.items()}


# --- loading -----------------------------------------------------------------------------------


def test_a_fleet_is_loaded_and_its_events_and_its_ledger_are_consistent(demo: Flask) -> None:
    counts = load_fleet(SMALL)
    assert counts[Vehicle] == count(Vehicle) == 50
    assert counts[Ride] == count(Ride) > 500
    assert counts[User] == 25
    assert count(WalletBalance) == 25
    assert counts[Report] == count(Report)
    assert counts[Dispute] == count(Dispute)
    run = demo.test_cli_runner().invoke
    for command in (["fleet", "replay-check"], ["wallet", "audit"]):
        result = run(args=command)
        assert result.exit_code == 0, result.output


def test_the_same_options_make_the_same_rows_in_every_database(demo: Flask) -> None:
    seen = []
    for _ in range(2):
        load_fleet(SHORT)
        seen.append(read_all())
        with db.engines["write"].begin() as connection:
            connection.exec_driver_sql(delete_all_statement())
    assert seen[0] == seen[1]
    assert len(seen[0]["users"]) == 25 + len(STAFF_ROLES)
    assert len(seen[0]["rides"]) > 50


def test_another_seed_makes_another_fleet() -> None:
    other = FleetOptions(CITIES[0], Scale.SMALL, NOW, DAYS, seed=2)
    ids = [{row["id"] for row in batch(options)[Vehicle]} for options in (SMALL, other)]
    assert not ids[0] & ids[1]


def test_loading_again_adds_nothing_even_later(demo: Flask) -> None:
    run = partial(demo.test_cli_runner().invoke, args=["demo", "--scale", "small", "--days", "2"])
    assert "50 vehicles are new." in run().output
    before = read_all()
    assert "All vehicles are there already." in run().output
    assert read_all() == before


def test_an_interrupted_load_is_completed(demo: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fleet_options.SIZES, Scale.SMALL, Size(3 * BATCH_VEHICLES, 0.5))

    def stop_after_one(numbers: list[int]) -> Iterator[int]:
        yield numbers[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_fleet(SHORT, stop_after_one)
    assert count(Vehicle) == BATCH_VEHICLES
    assert load_fleet(SHORT)[Vehicle] == 2 * BATCH_VEHICLES
    assert count(Vehicle) == 3 * BATCH_VEHICLES


def test_a_batch_is_written_with_one_statement_for_each_table(
    demo: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[type[Base]] = []

    def count_call(connection: Any, model: type[Base], rows: list[Row]) -> None:
        calls.extend([model] if rows else [])
        copy_rows(connection, model, rows)

    monkeypatch.setattr(services, "copy_rows", count_call)
    load_fleet(SHORT)
    # The staff are written before the first batch.
    assert max(Counter(calls[2:]).values()) == 1


def test_loading_a_fleet_is_refused_in_production(
    demo: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(demo.config, "DEMO_ALLOWED", config.Production.DEMO_ALLOWED)
    result = demo.test_cli_runner().invoke(args=["demo", "--scale", "large"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The demo is for development")
    assert count(Vehicle) == 0


def test_nobody_can_sign_in_to_the_accounts_of_a_fleet() -> None:
    assert {row["password_hash"] for row in batch()[User]} == {""}


def test_the_pages_of_staff_show_the_fleet(demo: Flask) -> None:
    load_fleet(SHORT)
    fleet = find_user("fleet")
    assert fleet
    demo.test_client_class = Visitor
    staff = demo.test_client()
    assert isinstance(staff, Visitor)
    staff.sign_in(fleet)
    for page in ("", "/rides", "/reports"):
        response = staff.get(f"/fleet{page}?city=new%20york")
        assert response.status_code == 200
        assert 'class="empty"' not in response.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--city", "paris"], "--city needs --scale"),
        (["--scale", "small", "--now", "2999-01-01"], "in the future"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    demo: Flask, options: list[str], message: str
) -> None:
    result = demo.test_cli_runner().invoke(args=["demo", *options])
    assert result.exit_code == 2
    assert message in result.output
    assert count(Vehicle) == 0


# --- what is made ------------------------------------------------------------------------------


def test_the_first_vehicles_are_in_each_state() -> None:
    vehicles = batch()[Vehicle]
    states = {row["state"] for row in vehicles}
    assert states == {state.value for state in VehicleState} - {VehicleState.ELSEWHERE.value}
    reasons = {row["out_of_service_reason"] for row in vehicles}
    assert reasons == {None, "maintenance", "battery_low", "system_suspend"}
    removed = [row for row in vehicles if row["state"] == VehicleState.REMOVED]
    assert {row["picked_up_at"] is None for row in removed} == {True, False}
    assert any(row["battery_percent"] is not None for row in vehicles)
    assert any(row["state"] == "available" and _is_low(row) for row in vehicles)


def _is_low(row: Row) -> bool:
    percent = row["battery_percent"]
    return isinstance(percent, int) and percent < 15


def test_a_ride_starts_where_the_last_one_of_the_vehicle_ended_unless_staff_have_moved_it() -> None:
    by_vehicle = defaultdict(list)
    for ride in rides():
        by_vehicle[ride["vehicle_id"]].append(ride)
    moved = steps = 0
    for own in by_vehicle.values():
        for before, after in pairwise(own):
            assert before["ended_at"] < after["started_at"]
            steps += 1
            moved += before["end_address"] != after["start_address"]
    assert 0 < moved < steps / 20


def test_nobody_is_on_two_rides_at_once() -> None:
    by_rider = defaultdict(list)
    for ride in rides():
        by_rider[ride["rider_id"]].append(ride)
    for own in by_rider.values():
        for before, after in pairwise(own):
            assert before["ended_at"] <= after["started_at"]
    assert {row["ride_id"] for row in batch()[OpenRide]} == {
        ride["id"] for ride in rides() if ride["ended_at"] is None
    }


def test_nothing_happens_in_the_future_but_the_end_of_reservations() -> None:
    for model, rows in batch().items():
        for row in rows:
            times = {name: value for name, value in row.items() if isinstance(value, datetime)}
            future = {name for name, at in times.items() if at > NOW}
            assert future <= {"reserved_until", "until"}, (model, row)


def test_rides_are_as_long_as_people_ride() -> None:
    ended = [ride for ride in rides() if ride["ended_at"]]
    minutes = sorted(
        (ride["ended_at"] - ride["started_at"]) / timedelta(minutes=1) for ride in ended
    )
    assert 5 < minutes[len(minutes) // 2] < 20
    assert minutes[-1] < 120
    distances = sorted(ride["distance_m"] for ride in ended)
    assert 800 < distances[len(distances) // 2] < 4_000


def test_people_ride_to_work_and_back_and_hardly_at_night() -> None:
    timezone = ZoneInfo(SMALL.city.timezone)
    started = [ride["started_at"].astimezone(timezone) for ride in rides()]
    hours = Counter(at.hour for at in started if at.weekday() < 5)
    assert min(hours[8], hours[17]) > max(hours[11], 4 * hours[3])


def test_there_is_what_staff_are_to_notice() -> None:
    last = defaultdict(list)
    for ride in rides():
        last[ride["vehicle_id"]].append(ride)
    short = [
        own
        for own in last.values()
        if len(own) >= 3
        and all(
            each["ended_at"] and each["ended_at"] - each["started_at"] < timedelta(minutes=2)
            for each in own[-3:]
        )
    ]
    assert short, "three short rides in a row"
    cancelled = [e for e in batch()[VehicleEvent] if e["event_types"] == ["reservation_cancel"]]
    assert len(cancelled) >= 4, "reserved in vain"
    running = [NOW - ride["started_at"] for ride in rides() if ride["ended_at"] is None]
    assert min(running) < timedelta(minutes=30) < timedelta(hours=4) < max(running)
    idle = [
        row
        for row in batch()[Vehicle]
        if row["state"] == "available" and row["state_changed_at"] < NOW - timedelta(days=3)  # type: ignore[operator]
    ]
    assert idle
    states = {row["state"] for row in batch()[Report]}
    assert states >= {ReportState.RESOLVED, ReportState.DISMISSED}
    assert states & set(OPEN_STATES)


def test_there_are_tasks_in_each_state_and_only_vehicles_out_of_service_are_worked_on() -> None:
    states = {row["id"]: row["state"] for row in batch()[Vehicle]}
    tasks = batch()[Task]
    assert {task["state"] for task in tasks} == set(TaskState) - {TaskState.CANCELLED}
    for task in tasks:
        if task["state"] == TaskState.IN_PROGRESS:
            assert task["assignee_id"]
            assert states[task["vehicle_id"]] != VehicleState.AVAILABLE
        assert (task["assignee_id"] is None) == (task["assigned_at"] is None)
    repairs = {task["id"] for task in tasks if task["kind"] == "repair" and task["closed_at"]}
    assert {part["task_id"] for part in batch()[TaskPart]} == repairs


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_vehicles_stand_in_the_service_area_but_for_few(city: DemoCity) -> None:
    rows = zone_rows(make_city(city), build_zone_file(city), ZoneImportOptions())
    areas = [Zone(**row) for row in rows if row["kind"] == ZoneKind.SERVICE_AREA]
    zones = CityZones(make_city(city), areas, tolerance_m=0)
    options = FleetOptions(city, Scale.SMALL, NOW, days=2)
    points = [Point(row["lat"], row["lon"]) for row in batch(options)[Vehicle]]  # type: ignore[arg-type]
    outside = [point for point in points if not zones.check_parking(point).allowed]
    assert 1 <= len(outside) <= 3
    assert max(distance_m(city.centre, point) for point in points) < 12_000
