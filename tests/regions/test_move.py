"""A city that moves to another region with all its rows: which rows, and when."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update

from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.notices.steps import insert_comment, insert_notice
from tests.regions.conftest import MoveCity
from tests.regions.moved_rows import COMMON, moved_key, read_regions
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import city_event_statement
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.board.counting import count_vehicles
from webapp.fleet.board.queries import board_query
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_vehicles
from webapp.notices.comments.models import CommentFlag
from webapp.notices.comments.services import flag_comment
from webapp.regions import cli, moving
from webapp.riders.models import Profile
from webapp.rides.earnings.models import OwnerMonth
from webapp.rides.following.models import Follow
from webapp.rides.following.services import follow_place
from webapp.rides.models import OpenRide, Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")


def read_moved(output: str) -> dict[str, int]:
    """Return how many rows of each kind a move has moved, and check that it says so of all kinds."""
    counts = {label: int(n) for n, label in re.findall(r"(\d+) ([^,]+?)(?:, |\.\n)", output)}
    assert set(counts) == set(moving.list_city_tables())
    return {label: count for label, count in counts.items() if count}


def test_the_rows_of_the_city_move_and_no_others(
    app: Flask, move: MoveCity, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada = make_user("ada", "boston", roles=["owner"])
    bob = make_user("bob", "new york")
    with db.engines["write"].begin() as connection:
        about = {"region": ada.region, "user_id": ada.id, "about": "I count."}
        connection.execute(insert(Profile).values(about))
    boston_vehicle = make_vehicle("boston", owner=ada)
    new_york_vehicle = make_vehicle("new york", owner=ada)
    ended_ride = start_ride(bob.key, boston_vehicle.public_key)
    end_ride(bob.key, ended_ride, COMMON)
    open_ride = start_ride(ada.key, new_york_vehicle.public_key)
    for city_name in ("boston", "new york"):  # the events of staff move with their city
        execute_write(city_event_statement(AuditKind.FLEET_IMPORTED, find_city(city_name)))

    notice = insert_notice(app, city="boston")
    comment = insert_comment(app, notice, ada, city="boston")
    flag_comment(bob, comment, find_city("boston"))

    centre = find_city("boston").centre
    follow_place(bob.key, "Common", centre, radius_m=200, form_factor="", nonce="n")
    result = move()
    assert result.exit_code == 0, result.output
    assert read_regions(Follow) == {"us-west1"}
    assert read_regions(CommentFlag, CommentFlag.comment_id == comment.id) == {"us-west1"}
    assert read_regions(AuditEvent, AuditEvent.city == "boston") == {"us-west1"}
    assert read_regions(AuditEvent, AuditEvent.city == "new york") == {"us-east1"}
    assert result.output.startswith("Boston lives in us-west1. Moved: ")
    assert read_moved(result.output) == {
        "events of staff": 1, "accounts": 1, "vehicles": 1, "comments on notices": 1,
        "followed places": 1,
    }  # fmt: skip

    assert find_city("boston").region == "us-west1"
    assert row(User, moved_key(ada.key)).city == "boston"
    assert read_regions(RoleGrant) == read_regions(Profile) == {"us-west1"}
    assert row(Vehicle, moved_key(boston_vehicle.key)).owner_region == "us-west1"
    assert row(Vehicle, new_york_vehicle.key).owner_region == "us-west1"
    assert row(Ride, moved_key(ended_ride)).vehicle_id == boston_vehicle.id
    assert row(Ride, open_ride).rider_region == "us-west1", "the ride stays where its vehicle is"
    assert row(OpenRide, moved_key(ada.key)).ride_key == open_ride
    assert row(User, bob.key).region == "us-east1"
    assert [v.vehicle.id for v in list_vehicles(VehicleFilter(find_city("boston")), None).rows] == [
        boston_vehicle.id
    ]


def test_sums_of_owners_that_meet_others_in_the_new_region_stay_apart(
    app: Flask, move: MoveCity, ada: RowKey
) -> None:
    """Rides end in the new region before the rows of the old one have moved."""
    month = {"owner_id": ada.id, "city": "boston", "month": date(2026, 8, 1), "part": 3}
    sums = {"currency": "USD", "rides": 1, "net_price": 10, "paid": 0}
    for region, earned in (("us-east1", 3), ("us-west1", 4)):
        values = {"region": region, "earned": earned, **month, **sums}
        execute_write(insert(OwnerMonth).values(values))
    assert "1 months of owners" in move().output
    assert read_regions(OwnerMonth) == {"us-west1"}
    assert sorted(db.session.scalars(select(OwnerMonth.earned))) == [3, 4]


def test_the_board_counts_the_vehicles_of_a_city_that_has_moved(
    move: MoveCity, make_vehicle: VehicleFactory
) -> None:
    for _ in range(3):
        make_vehicle("boston")
    count_vehicles(find_city("boston"), most=0)
    make_vehicle("boston", state="missing")
    for region in ("us-west1", "us-east1"):
        assert move(region).exit_code == 0
        count_vehicles(find_city("boston"), most=0)
        board = db.session.execute(board_query([(find_city("boston"), [])]))
        assert sorted((row.state, row.number) for row in board) == [
            ("available", 3),
            ("missing", 1),
        ]


def test_new_rows_are_written_to_the_new_region_at_once(
    move: MoveCity, make_vehicle: VehicleFactory
) -> None:
    move()
    assert make_vehicle("boston").region == "us-west1"


def test_rows_are_moved_in_batches(
    move: MoveCity,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "BATCH_SIZE", 2)
    for _ in range(5):
        make_vehicle("boston")
        make_user(city="boston")
    assert "0 revenue shares, 0 vehicle imports, 5 vehicles" in move().output
    assert read_regions(Vehicle) == read_regions(User) == {"us-west1"}


def test_a_vehicle_whose_code_is_taken_in_the_new_region_gets_another(
    move: MoveCity,
    make_vehicle: VehicleFactory,
    row: RowReader,
    caplog: pytest.LogCaptureFixture,
) -> None:
    there, others = make_vehicle("seattle"), [make_vehicle("boston") for _ in range(4)]
    moving_vehicle = make_vehicle("boston", code=there.code)
    assert "5 vehicles" in move().output
    code = row(Vehicle, moved_key(moving_vehicle.key)).code
    assert code != there.code == row(Vehicle, there.key).code
    assert len(code) == 10
    for other in others:
        assert row(Vehicle, moved_key(other.key)).code == other.code
    assert "a row of vehicles gets a new ['code']" in caplog.text


def test_a_batch_that_is_too_slow_becomes_smaller(
    move: MoveCity, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_vehicle("boston")
    sizes: list[int] = []
    move_rows_statement = moving.move_rows_statement

    def time_out_if_large(*arguments: Any) -> Any:
        sizes.append(arguments[-1])
        # The error of the server when vehicles with many rides take too long.
        timed_out = text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END $$")
        return move_rows_statement(*arguments) if arguments[-1] <= 25 else timed_out

    monkeypatch.setattr(moving, "move_rows_statement", time_out_if_large)
    monkeypatch.setattr(moving, "BATCH_SIZE", 50)
    assert "5 vehicles" in move().output
    assert sizes == [50, 25, 25]


def test_an_interrupted_move_is_finished_by_moving_again(
    move: MoveCity,
    make_vehicle: VehicleFactory,
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "BATCH_SIZE", 2)
    for _ in range(6):
        make_vehicle("boston")
        make_user(city="boston")
    execute_and_count = moving._execute_and_count
    statements: list[Any] = []

    def interrupt_fifth(statement: Any) -> int:
        statements.append(statement)
        if len(statements) == 5:
            raise KeyboardInterrupt
        return execute_and_count(statement)

    monkeypatch.setattr(moving, "_execute_and_count", interrupt_fifth)
    assert move().exit_code == 1
    assert read_regions(Vehicle) | read_regions(User) == {"us-east1", "us-west1"}
    monkeypatch.setattr(moving, "_execute_and_count", execute_and_count)
    assert "lives in us-west1" in move().output
    assert read_regions(Vehicle) == read_regions(User) == {"us-west1"}


def test_moving_a_city_to_its_own_region_moves_nothing(
    move: MoveCity, make_vehicle: VehicleFactory
) -> None:
    make_vehicle("boston")
    result = move("us-east1")
    assert result.exit_code == 0
    assert result.output.startswith("Boston lives in us-east1. Moved: ")
    assert read_moved(result.output) == {}


def test_rows_that_other_servers_write_to_the_old_region_move_after_a_wait(
    move: MoveCity, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_to_old_region() -> None:
        vehicle_id = make_vehicle("new york").id
        statement = update(Vehicle).where(Vehicle.id == vehicle_id).values(city="boston")
        with db.engines["write"].begin() as connection:
            connection.execute(statement)

    monkeypatch.setattr(cli, "_wait_for_other_processes", write_to_old_region)
    assert "1 vehicles" in move().output
    assert read_regions(Vehicle) == {"us-west1"}


def test_the_wait_is_the_age_of_the_catalogue_and_of_the_last_write(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CITIES_MAX_AGE_S", 30.0)
    monkeypatch.setitem(app.config, "TRANSACTION_DEADLINE_MS", 2_000)
    monkeypatch.setitem(app.config, "DATABASE_ANSWER_TIMEOUT_MS", 3_000)
    assert moving.find_catalogue_delay_s() == 35.0


@pytest.mark.parametrize(
    ("city", "region", "message"),
    [
        ("atlantis", "us-west1", "There is no city 'atlantis'."),
        ("boston", "us west", "letters, digits, hyphens and underscores"),
        ("boston", "", "letters, digits, hyphens and underscores"),
    ],
)
def test_a_refused_move_is_one_line_and_changes_nothing(
    move: MoveCity, city: str, region: str, message: str
) -> None:
    result = move(region, city)
    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1
    assert find_city("boston").region == "us-east1"
