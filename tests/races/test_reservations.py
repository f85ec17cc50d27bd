"""Concurrent reservations: one vehicle, one rider, one charge."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.models import Ride
from webapp.rides.refusals import OtherVehicleReserved, RideAlreadyOpen, VehicleUnavailable
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import (
    ReservedRecently,
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(40.7359, -73.9911))
ROUNDS = 6


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


def count(model, *where):
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def holding():
    return count(Reservation, Reservation.until > func.now())


def test_of_twenty_riders_who_reserve_one_vehicle_one_gets_it(app, make_user, make_vehicle):
    vehicle = make_vehicle().public_key
    riders = [make_user(city=("new york", "paris")[n % 2]).key for n in range(20)]
    results = run_together(app, *(partial(reserve_vehicle, rider, vehicle) for rider in riders))
    assert results.count(None) == 1
    assert sum(isinstance(result, VehicleUnavailable) for result in results) == 19
    assert holding() == 1


def test_one_rider_who_reserves_ten_vehicles_gets_one(app, make_user, make_vehicle, monkeypatch):
    monkeypatch.setitem(app.config, "LIMIT_RESERVATIONS", (100, 3600))
    rider = make_user().key
    vehicles = [make_vehicle(("new york", "paris")[n % 2]).public_key for n in range(10)]
    results = run_together(app, *(partial(reserve_vehicle, rider, vehicle) for vehicle in vehicles))
    assert results.count(None) == 1
    assert sum(isinstance(result, OtherVehicleReserved) for result in results) == 9
    assert count(Vehicle, Vehicle.state == "reserved") == 1


def test_a_vehicle_is_reserved_by_one_or_ridden_by_another(app, make_user, make_vehicle):
    ada, bob = make_user().key, make_user().key
    for _ in range(ROUNDS):
        vehicle = make_vehicle().public_key
        held, started = run_together(
            app, partial(reserve_vehicle, ada, vehicle), partial(start_ride, bob, vehicle)
        )
        assert (held is None) != isinstance(started, RowKey)
        if held is None:
            assert isinstance(started, VehicleUnavailable)
            cancel_reservation(ada)
        else:
            end_ride(bob, started, HERE)


def test_a_rider_who_reserves_and_starts_at_once_rides_one(app, make_user, make_vehicle):
    for _ in range(ROUNDS):
        rider = make_user().key
        one, other = make_vehicle().public_key, make_vehicle().public_key
        held, started = run_together(
            app, partial(reserve_vehicle, rider, one), partial(start_ride, rider, other)
        )
        if isinstance(started, RowKey):
            assert isinstance(held, RideAlreadyOpen)
        else:
            assert isinstance(started, OtherVehicleReserved)
            assert held is None


def test_a_start_and_a_concurrent_cancellation_leave_a_ride_or_a_free_vehicle(
    app, make_user, make_vehicle, row
):
    for _ in range(ROUNDS):
        rider, vehicle = make_user().key, make_vehicle()
        reserve_vehicle(rider, vehicle.public_key)
        started, cancelled = run_together(
            app, partial(start_ride, rider, vehicle.public_key), partial(cancel_reservation, rider)
        )
        assert cancelled is None
        assert isinstance(started, RowKey)  # whoever comes first, it is free for the start
        assert row(Vehicle, vehicle.key).state == "on_trip"
        assert holding() == 0


def test_ten_concurrent_extensions_are_charged_once(app, make_user, make_vehicle, make_plan):
    make_plan(reserve_min=15, reservation_rate=10, reserve_max_min=60)
    rider = make_user().key
    reserve_vehicle(rider, make_vehicle().public_key)
    held = db.session.get(Reservation, rider)
    db.session.expunge(held)
    results = run_together(app, *[partial(extend_reservation, rider, held, held.until)] * 10)
    assert results == [None] * 10
    assert ledger.read_balances(rider) == {"USD": -50}
    until = db.session.get(Reservation, rider).until
    assert until - held.until == timedelta(minutes=5)
    assert db.session.get(Vehicle, held.vehicle_key).reserved_until == until


def test_ending_ten_times_at_once_charges_once(app, make_user, make_vehicle, make_plan, row):
    make_plan(unlock_fee=150, tax_ppm=200_000)
    rider = make_user().key
    ride = start_ride(rider, make_vehicle().public_key)
    assert run_together(app, *[partial(end_ride, rider, ride, HERE)] * 10) == [None] * 10
    assert count(WalletEntry) == 1
    assert ledger.read_balances(rider) == {"USD": -150}
    assert db.session.scalar(select(func.sum(WalletLine.amount))) == 0
    assert row(Ride, ride).price == 150


def test_concurrent_pauses_and_resumes_leave_one_of_both_states(app, make_user, make_vehicle, row):
    rider = make_user().key
    ride = start_ride(rider, make_vehicle().public_key)
    for _ in range(ROUNDS):
        run_together(
            app, *[partial(pause_ride, rider, ride), partial(resume_ride, rider, ride)] * 3
        )
        assert row(Ride, ride).paused_s >= 0
    pause_ride(rider, ride)
    assert row(Ride, ride).paused_at


def test_a_cancelled_reservation_is_not_reserved_again_at_once_by_the_same_rider(
    app, make_user, make_vehicle
):
    ada, bob, vehicle = make_user().key, make_user().key, make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    cancel_reservation(ada)
    again, other = run_together(
        app, partial(reserve_vehicle, ada, vehicle), partial(reserve_vehicle, bob, vehicle)
    )
    assert isinstance(again, ReservedRecently | VehicleUnavailable)
    assert other is None
