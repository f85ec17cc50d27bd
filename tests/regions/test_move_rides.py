"""Riders during and after the move of their city to another region: it stays open."""

import threading
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Table, func, insert, select

from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory, find_city
from tests.regions.conftest import MoveCity
from tests.regions.moved_rows import COMMON, moved_key, read_regions
from tests.rides.earnings.steps import insert_share
from tests.threads import TIMEOUT_S, run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions import moving
from webapp.regions.geography import Place, Point
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

pytestmark = pytest.mark.usefixtures("app_context")


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
