"""Pairs of services that weaker isolation than SERIALIZABLE lets break an invariant: one has written
and not committed while the other runs, in both orders. Random races seldom meet these moments."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import URL

from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.job_steps import run_jobs
from tests.races.interleaving import Step, interleave
from tests.races.steps import count_rows
from tests.races.test_rides import check_consistency
from tests.riders.wallet_steps import assert_consistent_ledger, complete_top_up, pay_out
from tests.rides.steps import PRICE
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.favourites.services.vehicles import NothingToWaitFor, save_vehicle, start_waiting
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.vehicles import VehicleNotFound
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.services import ReportData, file_report
from webapp.riders.services.account_deletion import RideNotEnded, delete_account
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.services import payments
from webapp.riders.wallet.services.closing import PaymentPending
from webapp.riders.wallet.services.payouts import RideBlocksPayout
from webapp.rides.models import OpenRide, Ride
from webapp.rides.refusal_reasons import RiderOwes
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

Interleave = Callable[[Step, Step], tuple[Any, Any]]


@pytest.fixture(params=["as given", "the other way round"])
def interleave_steps(
    app: Flask, server: URL, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Interleave:
    """Interleave two steps; return their results in the order in which they are given."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("finds out in PostgreSQL's views who waits for whom")

    def run(one: Step, other: Step) -> tuple[Any, Any]:
        if request.param == "as given":
            return interleave(app, monkeypatch, one, other.call)
        other_result, result = interleave(app, monkeypatch, other, one.call)
        return result, other_result

    return run


def start_step(rider_key: RowKey, vehicle: Vehicle) -> Step:
    return Step(partial(start_ride, rider_key, vehicle.public_key), "INSERT INTO open_rides")


def end_step(rider_key: RowKey, ride_key: RowKey, vehicle: Vehicle) -> Step:
    return Step(partial(end_ride, rider_key, ride_key, vehicle.place), "DELETE FROM open_rides")


def reserve_step(rider_key: RowKey, vehicle: Vehicle) -> Step:
    return Step(partial(reserve_vehicle, rider_key, vehicle.public_key), "INSERT INTO reservations")


def delete_step(user: User) -> Step:
    return Step(partial(delete_account, user), "DELETE FROM users")


def end_account_step(user: User) -> Step:
    """Of an account with many rows: a job deletes them later."""
    return Step(partial(delete_account, user), "UPDATE users")


@pytest.fixture
def _many_rows(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every account has many rows."""
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)


def read_state(vehicle: Vehicle) -> str | None:
    return db.session.scalar(select(Vehicle.state).where(Vehicle.id == vehicle.id))


def test_a_vehicle_reported_unsafe_at_the_end_of_its_ride_is_not_free(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider_key, vehicle = make_user().key, make_vehicle()
    ride_key = start_ride(rider_key, vehicle.public_key)
    data = ReportData(ReportKind.DAMAGE, critical=True, note="", photos=[])
    report = partial(file_report, make_user().key, vehicle.key, "nonce", data)
    results = interleave_steps(
        end_step(rider_key, ride_key, vehicle), Step(report, "INSERT INTO reports")
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert read_state(vehicle) == "non_operational"
    check_consistency()


def test_a_rider_who_starts_and_reserves_gets_one_of_the_two(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider_key, ridden, reserved = make_user().key, make_vehicle(), make_vehicle()
    results = interleave_steps(start_step(rider_key, ridden), reserve_step(rider_key, reserved))
    assert len([result for result in results if isinstance(result, Exception)]) == 1
    assert count_rows(OpenRide) + count_rows(Reservation) == 1
    assert sorted([read_state(ridden) or "", read_state(reserved) or ""])[0] == "available"
    check_consistency()


def test_nobody_waits_for_a_vehicle_that_is_free(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider_key, other_key, vehicle = make_user().key, make_user().key, make_vehicle()
    save_vehicle(other_key, vehicle.public_key)
    ride_key = start_ride(rider_key, vehicle.public_key)
    wait = partial(start_waiting, other_key, vehicle.public_key)
    _, waiting = interleave_steps(
        end_step(rider_key, ride_key, vehicle), Step(wait, "INSERT INTO saved_vehicles")
    )
    assert read_state(vehicle) == "available"
    assert waiting is None or isinstance(waiting, NothingToWaitFor | VehicleNotFound)
    assert count_rows(SavedVehicle, SavedVehicle.waiting_at.is_not(None)) == 0


def test_a_rider_in_debt_starts_no_next_ride(
    interleave_steps: Interleave,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:
    make_plan(**PRICE)
    rider_key, vehicle, next_vehicle = make_user().key, make_vehicle(), make_vehicle()
    ride_key = start_ride(rider_key, vehicle.public_key)
    interleave_steps(end_step(rider_key, ride_key, vehicle), start_step(rider_key, next_vehicle))
    assert read_balances(rider_key)["USD"] < 0
    assert count_rows(OpenRide) == 0
    with pytest.raises(RiderOwes):
        start_ride(rider_key, next_vehicle.public_key)
    check_consistency()


def test_a_rider_who_reserves_two_vehicles_gets_one(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider_key, one, other = make_user().key, make_vehicle(), make_vehicle()
    results = interleave_steps(reserve_step(rider_key, one), reserve_step(rider_key, other))
    assert len([result for result in results if isinstance(result, Exception)]) == 1
    assert sorted([read_state(one) or "", read_state(other) or ""]) == ["available", "reserved"]


def test_a_payout_at_the_end_of_a_ride_leaves_no_debt(
    interleave_steps: Interleave,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:
    make_plan(**PRICE)
    rider_key, vehicle = make_user().key, make_vehicle()
    complete_top_up(rider_key, 1000, "USD")
    ride_key = start_ride(rider_key, vehicle.public_key)
    payout = Step(partial(pay_out, rider_key, "USD", uuid4()), "INSERT INTO wallet_entries")
    _, paid_out = interleave_steps(end_step(rider_key, ride_key, vehicle), payout)
    balance = read_balances(rider_key)["USD"]
    assert (balance > 0) if isinstance(paid_out, RideBlocksPayout) else (balance == 0)
    assert_consistent_ledger()


def test_an_account_deleted_at_the_end_of_its_ride_leaves_no_open_ride(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    user, vehicle = make_user(), make_vehicle()
    ride_key = start_ride(user.key, vehicle.public_key)
    ended, deleted = interleave_steps(end_step(user.key, ride_key, vehicle), delete_step(user))
    assert ended is None
    assert deleted is None or isinstance(deleted, RideNotEnded)
    assert count_rows(OpenRide) == count_rows(Ride, Ride.ended_at.is_(None)) == 0
    check_consistency()


def test_an_account_deleted_at_the_start_of_a_ride_has_the_ride_or_is_gone(
    interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    user, vehicle = make_user(), make_vehicle()
    started, deleted = interleave_steps(start_step(user.key, vehicle), delete_step(user))
    assert isinstance(started, RowKey) == isinstance(deleted, RideNotEnded)
    assert count_rows(User, User.id == user.id) == count_rows(OpenRide)
    check_consistency()


@pytest.mark.usefixtures("_many_rows")
def test_an_account_that_ends_while_a_payment_begins_has_the_payment_or_ends(
    app: Flask, interleave_steps: Interleave, make_user: UserFactory
) -> None:
    user = make_user(city="paris")
    pay = partial(payments.start_payment, user.key, payments.TopUp(1000, "EUR"), str)
    paid, deleted = interleave_steps(Step(pay, "INSERT INTO payments"), end_account_step(user))
    assert isinstance(deleted, PaymentPending) != isinstance(paid, NotFound), (paid, deleted)
    assert count_rows(Payment) == isinstance(deleted, PaymentPending)


@pytest.mark.usefixtures("_many_rows")
def test_an_account_that_ends_at_the_start_of_a_ride_is_deleted_without_an_open_ride(
    app: Flask, interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    user, vehicle = make_user(), make_vehicle()
    started, deleted = interleave_steps(start_step(user.key, vehicle), end_account_step(user))
    assert isinstance(started, RowKey) or deleted is None
    if deleted is None:
        run_jobs(app)
        assert count_rows(User, User.id == user.id) == count_rows(OpenRide) == 0
    check_consistency()
    assert_consistent_ledger()


@pytest.mark.usefixtures("_many_rows")
def test_an_owner_who_leaves_at_the_start_of_a_ride_leaves_no_vehicle(
    app: Flask, interleave_steps: Interleave, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    owner, rider_key = make_user(), make_user().key
    vehicle = make_vehicle(owner=owner)
    started, deleted = interleave_steps(start_step(rider_key, vehicle), end_account_step(owner))
    assert isinstance(started, RowKey)
    run_jobs(app)
    assert read_state(vehicle) == "on_trip"
    if deleted is None:
        assert count_rows(User, User.id == owner.id) == 1, "until the ride ends"
    check_consistency()
