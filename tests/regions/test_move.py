"""A city that moves to another region with all its rows, while it stays open."""

import re
import threading
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Table, func, insert, select, text, update

from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory, find_city
from tests.regions.conftest import MoveCity
from tests.rides.earnings.steps import insert_share
from tests.threads import TIMEOUT_S, run_together
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import city_event_statement
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.board.counting import count_vehicles
from webapp.fleet.board.queries import board_query
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_vehicles
from webapp.regions import cli, moving
from webapp.regions.geography import Place, Point
from webapp.riders.models import Profile
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.rides.disputes.queries import DisputeCase, find_case
from webapp.rides.disputes.services import write_message
from webapp.rides.disputes.staff_services import DisputeAnswer, answer_dispute
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.queries.earnings import read_city_earnings
from webapp.rides.history import list_rides
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import find_ride
from webapp.rides.refusal_reasons import RideAlreadyOpen, VehicleUnavailable
from webapp.rides.services.end import end_ride
from webapp.rides.services.parking import EndTooFar
from webapp.rides.services.start import start_ride

COMMON = Place("Boston Common", Point(42.355, -71.066))


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    return make_user("ada", "boston").key


def moved_key(key: RowKey) -> RowKey:
    return RowKey("us-west1", key.id)


def read_regions(model: Any, *where: Any) -> set[str]:
    return set(db.session.scalars(select(model.region).where(*where)))


def read_moved(output: str) -> dict[str, int]:
    """Return how many rows of each kind a move has moved, and check that it says so of all kinds."""
    counts = {label: int(n) for n, label in re.findall(r"(\d+) ([^,]+?)(?:, |\.\n)", output)}
    assert set(counts) == set(moving.tables_of_cities())
    return {label: count for label, count in counts.items() if count}


# --- which rows move, and when --------------------------------------------------------------------


def test_the_rows_of_the_city_move_and_no_others(
    move: MoveCity, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
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

    result = move()
    assert result.exit_code == 0, result.output
    assert read_regions(AuditEvent, AuditEvent.city == "boston") == {"us-west1"}
    assert read_regions(AuditEvent, AuditEvent.city == "new york") == {"us-east1"}
    assert result.output.startswith("Boston lives in us-west1. Moved: ")
    assert read_moved(result.output) == {"events of staff": 1, "accounts": 1, "vehicles": 1}

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
    assert moving.catalogue_delay_s() == 35.0


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


# --- riders during and after a move ----------------------------------------------------------------


def test_an_open_ride_ends_at_its_new_key(
    move: MoveCity, ada: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ride = start_ride(ada, make_vehicle("boston").public_key)
    move()
    assert row(User, moved_key(ada)).open_ride.ride_key == moved_key(ride)
    end_ride(moved_key(ada), moved_key(ride), COMMON)
    assert row(Ride, moved_key(ride)).end == COMMON
    assert row(OpenRide, moved_key(ada)) is None


def test_an_open_ride_ends_from_a_page_that_was_open_before_the_move(
    move: MoveCity, ada: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle("boston")
    ride = start_ride(ada, vehicle.public_key)
    move()
    end_ride(moved_key(ada), ride, COMMON)
    parked = row(Vehicle, moved_key(vehicle.key))
    assert (parked.state, parked.place) == ("available", Place(None, COMMON.point))
    end_ride(moved_key(ada), ride, COMMON)  # ending twice is no error


def test_the_end_of_a_ride_is_measured_from_its_city_in_the_new_region(
    move: MoveCity, ada: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    """Boston is no city of the old region now."""
    ride = start_ride(ada, make_vehicle("boston").public_key)
    move()
    with pytest.raises(EndTooFar):
        end_ride(moved_key(ada), ride, Place(None, Point(40.73, -73.99)))
    assert row(Ride, moved_key(ride)).ended_at is None
    end_ride(moved_key(ada), ride, COMMON)
    assert row(Ride, moved_key(ride)).end == COMMON


def test_rides_that_end_before_and_after_their_vehicle_moves_are_earned(
    app: Flask,
    move: MoveCity,
    ada: RowKey,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The shares are in both regions from before the first row moves until after the last."""
    make_plan("boston", unlock_fee=100)
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga, city="boston")
    bob = make_user("bob", "new york").key
    rides = [
        (rider, start_ride(rider, make_vehicle("boston", owner=olga).public_key))
        for rider in (ada, bob)
    ]
    ended_in: list[set[str]] = []
    move_rows_statement = moving.move_rows_statement

    def end_ride_before_and_after(rows: Table, *arguments: Any) -> Any:
        if rows.name == "vehicles" and rides:
            rider, ride = rides.pop()
            db.session.remove()
            end_ride(read_rider_key(rider), ride, COMMON)
            ended_in.append(read_regions(Ride, Ride.id == ride.id))
        return move_rows_statement(rows, *arguments)

    monkeypatch.setattr(moving, "move_rows_statement", end_ride_before_and_after)
    assert "1 revenue shares, 0 vehicle imports, 2 vehicles" in move().output
    assert ended_in == [{"us-east1"}, {"us-west1"}]
    assert sorted(db.session.scalars(select(OwnerLedgerEntry.amount))) == [30, 30]
    assert read_regions(RevenueShare) == read_regions(OwnerLedgerEntry) == {"us-west1"}
    assert check_ledger() == []


def test_a_refund_while_the_city_moves_takes_back_the_share(
    app: Flask,
    move: MoveCity,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The entry of the share may be in the new region while the ride is in the old one, and move
    after the refund has read it."""
    make_plan("boston", unlock_fee=100)
    olga, boss = make_user("olga", "paris", roles=["owner"]), make_user(roles=["admin"])
    insert_share(app, olga, city="boston")
    bob = make_user("bob", "new york").key
    ride_key = start_ride(bob, make_vehicle("boston", owner=olga).public_key)
    end_ride(bob, ride_key, COMMON)
    write_message(bob, ride_key, "n", "It never unlocked.")
    nonces, cases = ["n1", "n2"], list[DisputeCase]()
    move_rows_statement = moving.move_rows_statement

    def refund(case: DisputeCase) -> None:
        answer = DisputeAnswer("Sorry.", 50)
        answer_dispute(boss.key, case, case.last_message_at, nonces.pop(), answer)

    def refund_before_rows_move(rows: Table, *arguments: Any) -> Any:
        db.session.remove()
        if rows.name == "owner_entries" and not cases:
            cases.append(find_case(boss, ride_key))
        if rows.name == "vehicles" and len(nonces) == 2:
            assert read_regions(OwnerLedgerEntry) == {"us-west1"}
            refund(cases[0])  # read before the entry moved
            db.session.remove()
            refund(find_case(boss, ride_key))
        return move_rows_statement(rows, *arguments)

    monkeypatch.setattr(moving, "move_rows_statement", refund_before_rows_move)
    output = move().output
    assert nonces == [], output
    assert sorted(db.session.scalars(select(OwnerLedgerEntry.amount))) == [-15, -15, 30]
    assert check_ledger() == []


def test_shares_are_one_while_they_are_in_two_regions(app: Flask, make_user: UserFactory) -> None:
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga, city="boston")
    month = {"owner_id": olga.id, "city": "boston", "month": date(2026, 8, 1), "part": 3}
    sums = {"currency": "USD", "rides": 1, "net_price": 10, "earned": 3, "paid": 0}
    execute_write(insert(OwnerMonth).values(region="us-east1", **month, **sums))
    for _twice in range(2):
        moving.copy_rows("boston", "us-west1")
    assert read_regions(RevenueShare) == {"us-east1", "us-west1"}
    (earnings,) = read_city_earnings(olga.key)
    assert (earnings.basis_points, earnings.balance) == (3_000, 3)


def test_the_page_of_a_ride_is_found_under_its_old_address(
    move: MoveCity, ada: RowKey, make_vehicle: VehicleFactory
) -> None:
    ride = start_ride(ada, make_vehicle("boston").public_key)
    end_ride(ada, ride, COMMON)
    move()
    assert find_ride(moved_key(ada), ride).key == moved_key(ride)
    assert [listed.key for listed in list_rides(moved_key(ada), None).rows] == [moved_key(ride)]


def test_a_moved_ride_of_another_rider_is_not_found(
    move: MoveCity, ada: RowKey, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ride = start_ride(ada, make_vehicle("boston").public_key)
    bob = make_user("bob", "boston").key
    move()
    for key in (ride, moved_key(ride)):
        with pytest.raises(NotFound):
            find_ride(moved_key(bob), key)
        with pytest.raises(NotFound):
            end_ride(moved_key(bob), key, COMMON)


def test_a_start_from_an_old_page_is_refused(
    move: MoveCity, ada: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle("boston")
    move()
    with pytest.raises(NotFound):
        start_ride(moved_key(ada), vehicle.public_key)
    assert row(Vehicle, moved_key(vehicle.key)).state == "available"


@pytest.mark.slow
def test_riders_start_and_end_rides_while_the_city_moves(
    app: Flask,
    move: MoveCity,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every ride that was started can be ended, and none stays open."""
    monkeypatch.setattr(moving, "BATCH_SIZE", 1)
    vehicle_ids = [make_vehicle("boston").id for _ in range(6)]
    rider_keys = [make_user(city="boston").key for _ in range(3)]
    started_rides: list[RowKey] = []
    has_started, is_over = threading.Event(), threading.Event()

    def ride_until_over(first_vehicle: int, rider_key: RowKey) -> None:
        for vehicle_id in islice(cycle(vehicle_ids), first_vehicle, None):
            if is_over.is_set():
                return
            if ride_key := start_at_any_key(rider_key, vehicle_id):
                started_rides.append(ride_key)
                has_started.set()
                end_at_any_key(rider_key, ride_key)

    def move_three_times() -> None:
        try:
            assert has_started.wait(TIMEOUT_S)
            for region in ("us-west1", "us-east1", "us-west1"):
                result = move(region)
                assert result.exit_code == 0, result.output
        finally:
            is_over.set()

    riders = [partial(ride_until_over, number, key) for number, key in enumerate(rider_keys)]
    assert run_together(app, move_three_times, *riders) == [None] * 4
    assert started_rides
    assert db.session.scalar(select(func.count()).select_from(OpenRide)) == 0
    assert db.session.scalar(select(func.count()).where(Ride.ended_at.is_(None))) == 0
    assert db.session.scalar(select(func.count()).select_from(Ride)) == len(
        {key.id for key in started_rides}
    )
    assert set(db.session.scalars(select(Vehicle.state))) == {"available"}
    for model in (User, Vehicle, Ride):
        assert read_regions(model) == {"us-west1"}, model


def read_rider_key(rider_key: RowKey) -> RowKey:
    """Return the key that the rider has now."""
    db.session.remove()
    user: User = db.session.scalars(select(User).where(User.id == rider_key.id)).unique().one()
    return user.key


def start_at_any_key(rider_key: RowKey, vehicle_id: UUID) -> RowKey | None:
    """Start a ride, or return the open one; None when the vehicle is not found or not available."""
    current_key = read_rider_key(rider_key)
    query = select(Vehicle.public_id).where(Vehicle.id == vehicle_id)
    public_id = db.session.scalars(query).one()
    try:
        return start_ride(current_key, RowKey(find_city("boston").region, public_id))
    except (NotFound, VehicleUnavailable):
        return None
    except RideAlreadyOpen as error:
        ride_key: RowKey = error.details["ride_key"]
        return ride_key


def end_at_any_key(rider_key: RowKey, ride_key: RowKey) -> None:
    """End the ride. An account that moves during the request is found by the next one."""
    for _ in range(20):
        with suppress(NotFound):
            end_ride(read_rider_key(rider_key), ride_key, COMMON)
            return
    raise AssertionError("a ride that was started could not be ended")


def test_an_unknown_ride_stays_unknown(ada: RowKey) -> None:
    with pytest.raises(NotFound):
        find_ride(ada, RowKey("us-east1", uuid4()))
    assert run_transaction(lambda session: session.scalar(select(1))) == 1
