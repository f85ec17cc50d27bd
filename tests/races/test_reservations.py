"""Concurrent reservations: one vehicle, one rider, one charge."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory
from tests.races.steps import ROUNDS, count_rows
from tests.rides.steps import age_times
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.models import Ride
from webapp.rides.refusal_reasons import (
    FreeMinutesUsed,
    OtherVehicleReserved,
    ReservedRecently,
    RideAlreadyOpen,
    VehicleUnavailable,
)
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import (
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(40.7359, -73.9911))


def count_reservations() -> int:
    return count_rows(Reservation, Reservation.until > func.now())


def test_of_twenty_riders_who_reserve_one_vehicle_one_gets_it(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle().public_key
    riders = [make_user(city=("new york", "paris")[n % 2]).key for n in range(20)]
    results = run_together(app, *(partial(reserve_vehicle, rider, vehicle) for rider in riders))
    assert results.count(None) == 1
    assert sum(isinstance(result, VehicleUnavailable) for result in results) == 19
    assert count_reservations() == 1


def test_one_rider_who_reserves_ten_vehicles_gets_one(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_RESERVATIONS", (100, 3600))
    rider = make_user().key
    vehicles = [make_vehicle(("new york", "paris")[n % 2]).public_key for n in range(10)]
    results = run_together(app, *(partial(reserve_vehicle, rider, vehicle) for vehicle in vehicles))
    assert results.count(None) == 1
    assert sum(isinstance(result, OtherVehicleReserved) for result in results) == 9
    assert count_rows(Vehicle, Vehicle.state == "reserved") == 1


def test_a_vehicle_is_reserved_by_one_or_ridden_by_another(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, bob = make_user().key, make_user().key
    for _ in range(ROUNDS):
        vehicle = make_vehicle().public_key
        reserved, started = run_together(
            app, partial(reserve_vehicle, ada, vehicle), partial(start_ride, bob, vehicle)
        )
        assert (reserved is None) != isinstance(started, RowKey)
        if reserved is None:
            assert isinstance(started, VehicleUnavailable)
            cancel_reservation(ada)
        else:
            end_ride(bob, started, HERE)


def test_a_rider_who_reserves_one_vehicle_and_starts_another_gets_one(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    for _ in range(ROUNDS):
        rider = make_user().key
        one, other = make_vehicle().public_key, make_vehicle().public_key
        reserved, started = run_together(
            app, partial(reserve_vehicle, rider, one), partial(start_ride, rider, other)
        )
        if isinstance(started, RowKey):
            assert isinstance(reserved, RideAlreadyOpen)
        else:
            assert isinstance(started, OtherVehicleReserved)
            assert reserved is None


def test_a_start_and_a_concurrent_cancellation_leave_a_ride_or_a_free_vehicle(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for _ in range(ROUNDS):
        rider, vehicle = make_user().key, make_vehicle()
        reserve_vehicle(rider, vehicle.public_key)
        started, cancelled = run_together(
            app, partial(start_ride, rider, vehicle.public_key), partial(cancel_reservation, rider)
        )
        assert cancelled is None
        assert isinstance(started, RowKey)  # the start may use or follow the reservation
        assert row(Vehicle, vehicle.key).state == "on_trip"
        assert count_reservations() == 0


def test_ten_concurrent_extensions_are_charged_once(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=15, reservation_rate=10, reserve_max_min=60)
    rider = make_user().key
    reserve_vehicle(rider, make_vehicle().public_key)
    reservation = db.session.get_one(Reservation, rider)
    db.session.expunge(reservation)
    results = run_together(
        app, *[partial(extend_reservation, rider, reservation, reservation.until)] * 10
    )
    assert results == [None] * 10
    assert ledger.read_balances(rider) == {"USD": -50}
    until = db.session.get_one(Reservation, rider).until
    assert until - reservation.until == timedelta(minutes=5)
    assert db.session.get_one(Vehicle, reservation.vehicle_key).reserved_until == until


def test_ending_ten_times_concurrently_charges_once(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    row: RowReader,
) -> None:
    make_plan(unlock_fee=150, tax_ppm=200_000)
    rider = make_user().key
    ride = start_ride(rider, make_vehicle().public_key)
    assert run_together(app, *[partial(end_ride, rider, ride, HERE)] * 10) == [None] * 10
    assert count_rows(WalletEntry) == 1
    assert ledger.read_balances(rider) == {"USD": -150}
    assert db.session.scalar(select(func.sum(WalletLine.amount))) == 0
    assert row(Ride, ride).price == 150


def test_concurrent_pauses_and_resumes_leave_one_of_both_states(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    rider = make_user().key
    ride = start_ride(rider, make_vehicle().public_key)
    for _ in range(ROUNDS):
        run_together(
            app, *[partial(pause_ride, rider, ride), partial(resume_ride, rider, ride)] * 3
        )
        assert row(Ride, ride).paused_s >= 0
    pause_ride(rider, ride)
    assert row(Ride, ride).paused_at


def test_concurrent_reservations_and_cancellations_never_exceed_the_free_minutes_of_a_day(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "RESERVE_AGAIN_S", 0)
    monkeypatch.setitem(app.config, "FREE_RESERVATION_MIN_PER_DAY", 20)
    monkeypatch.setitem(app.config, "LIMIT_RESERVATIONS", (100, 3600))
    vehicle, riders = make_vehicle(), [make_user().key for _ in range(4)]
    for _ in range(ROUNDS):
        run_together(
            app, *[partial(reserve_vehicle, rider, vehicle.public_key) for rider in riders]
        )
        age_times(11)
    assert row(Vehicle, vehicle.key).free_reserved_min == 20
    outcomes = run_together(
        app, *[partial(reserve_vehicle, rider, vehicle.public_key) for rider in riders]
    )
    assert [type(outcome) for outcome in outcomes] == [FreeMinutesUsed] * 4


def test_of_concurrent_cancellations_and_reservations_none_evades_the_pause(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, bob, vehicle = make_user().key, make_user().key, make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    cancelled, *refused = run_together(
        app,
        partial(cancel_reservation, ada),
        *[partial(reserve_vehicle, bob, vehicle)] * 3,
    )
    assert cancelled is None
    assert {type(refusal) for refusal in refused} <= {ReservedRecently, VehicleUnavailable}
