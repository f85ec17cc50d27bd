"""Rules of reservations."""

import contextlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

import config
from tests.factories import PlanFactory, RowReader, VehicleFactory
from tests.rides.steps import age_times, count_events, read_reservation
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.riders.wallet.provider import PROVIDER, DisabledProvider
from webapp.rides.refusal_reasons import (
    FreeMinutesUsed,
    NotReservable,
    OtherVehicleReserved,
    ReservedRecently,
    RideAlreadyOpen,
    RiderOwes,
    VehicleUnavailable,
)
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import (
    ReservationOver,
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.rate_limits import TooManyTries

HERE = Place("here", Point(40.7359, -73.9911))
#: The pause after a reservation that led to no ride, minutes.
PAUSE_MIN = config.Configuration.RESERVE_AGAIN_S // 60


pytestmark = pytest.mark.usefixtures("app_context")


def has_reservation(rider_key: RowKey) -> bool:
    db.session.expire_all()
    return db.session.get(Reservation, rider_key) is not None


def test_a_vehicle_is_reserved_for_the_free_minutes_of_its_plan(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    plan, vehicle = make_plan(reserve_min=12), make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    reservation, stored = read_reservation(ada_key), row(Vehicle, vehicle.key)
    assert reservation.vehicle_key == vehicle.key
    assert reservation.plan_id == plan.id
    assert reservation.until - reservation.reserved_at == timedelta(minutes=12)
    assert (stored.state, stored.reserved_until) == ("reserved", reservation.until)
    assert count_events(AuditKind.VEHICLE_RESERVED) == 1


def test_where_riding_is_free_a_vehicle_is_reserved_for_ten_minutes(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    reserve_vehicle(ada_key, make_vehicle().public_key)
    reservation = read_reservation(ada_key)
    assert reservation.until - reservation.reserved_at == timedelta(minutes=10)


def test_the_plan_of_the_type_of_the_vehicle_applies(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=5)
    make_plan(reserve_min=7, form_factor="bicycle")
    make_plan(reserve_min=9, form_factor="bicycle", propulsion_type="human")
    make_plan(reserve_min=11, form_factor="bicycle", propulsion_type="human", version=2)
    reserve_vehicle(
        ada_key, make_vehicle(form_factor="bicycle", propulsion_type="human").public_key
    )
    reservation = read_reservation(ada_key)
    assert reservation.until - reservation.reserved_at == timedelta(minutes=11)


def test_reserving_the_same_vehicle_twice_changes_nothing(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada_key, vehicle)
    first = read_reservation(ada_key)
    reserve_vehicle(ada_key, vehicle)
    assert read_reservation(ada_key).until == first.until
    assert count_events(AuditKind.VEHICLE_RESERVED) == 1


def test_another_rider_can_neither_reserve_nor_start_a_reserved_vehicle(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada_key, vehicle)
    for action in (reserve_vehicle, start_ride):
        with pytest.raises(VehicleUnavailable):
            action(bob_key, vehicle)


def test_a_rider_reserves_one_vehicle_at_a_time(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    first, second = make_vehicle().public_key, make_vehicle("paris").public_key
    reserve_vehicle(ada_key, first)
    for action in (reserve_vehicle, start_ride):
        with pytest.raises(OtherVehicleReserved):
            action(ada_key, second)


def test_a_rider_cannot_reserve_during_a_ride(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    start_ride(ada_key, make_vehicle().public_key)
    with pytest.raises(RideAlreadyOpen):
        reserve_vehicle(ada_key, make_vehicle().public_key)


def test_a_reservation_becomes_the_ride(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    ride = start_ride(ada_key, vehicle.public_key)
    stored = row(Vehicle, vehicle.key)
    assert (stored.state, stored.reserved_until) == ("on_trip", None)
    assert not has_reservation(ada_key)
    end_ride(ada_key, ride, HERE)
    reserve_vehicle(ada_key, row(Vehicle, vehicle.key).public_key)  # possible at once after a ride


def test_a_reservation_expires_and_the_vehicle_is_available_to_others(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    age_times(11)
    assert row(Vehicle, vehicle.key).is_available
    assert read_reservation(ada_key).is_active is False
    start_ride(bob_key, vehicle.public_key)
    assert row(Vehicle, vehicle.key).state == "on_trip"


def test_after_a_reservation_has_expired_another_rider_can_reserve_the_vehicle(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada_key, vehicle)
    age_times(10 + PAUSE_MIN + 1)
    reserve_vehicle(bob_key, vehicle)
    with pytest.raises(VehicleUnavailable):
        start_ride(ada_key, vehicle)


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "expired"])
def test_nobody_can_reserve_a_vehicle_soon_after_a_reservation_but_anybody_can_ride_it(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, is_cancelled: bool
) -> None:
    vehicle, other = make_vehicle().public_key, make_vehicle().public_key
    reserve_vehicle(ada_key, vehicle)
    if is_cancelled:
        cancel_reservation(ada_key)
    else:
        age_times(11)
    for rider_key in (ada_key, bob_key):
        with pytest.raises(ReservedRecently):
            reserve_vehicle(rider_key, vehicle)
    reserve_vehicle(ada_key, other)
    cancel_reservation(ada_key)
    age_times(PAUSE_MIN + 1)
    reserve_vehicle(ada_key, vehicle)
    cancel_reservation(ada_key)
    start_ride(bob_key, vehicle)


def test_accounts_that_take_turns_cannot_keep_a_vehicle_for_more_than_its_free_minutes_of_a_day(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    for rider_key in (ada_key, bob_key) * 3:
        reserve_vehicle(rider_key, vehicle.public_key)
        age_times(10 + PAUSE_MIN + 1)
    assert row(Vehicle, vehicle.key).free_reserved_min == 60
    for rider_key in (ada_key, bob_key):
        with pytest.raises(FreeMinutesUsed):
            reserve_vehicle(rider_key, vehicle.public_key)
    execute_write(update(Vehicle).values(free_reserved_on=Vehicle.free_reserved_on - 1))
    reserve_vehicle(bob_key, vehicle.public_key)
    assert row(Vehicle, vehicle.key).free_reserved_min == 10


def test_minutes_that_a_cancelled_reservation_did_not_use_are_not_counted(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    age_times(3)
    cancel_reservation(ada_key)
    assert row(Vehicle, vehicle.key).free_reserved_min == 4  # three, and the one that has begun


def test_a_ride_begins_the_count_of_free_minutes_anew(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    ride_key = start_ride(ada_key, vehicle.public_key)
    end_ride(ada_key, ride_key, HERE)
    assert row(Vehicle, vehicle.key).free_reserved_min == 0
    reserve_vehicle(bob_key, row(Vehicle, vehicle.key).public_key)


def test_cancelling_makes_the_vehicle_available_and_can_be_repeated(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    cancel_reservation(ada_key)
    cancel_reservation(ada_key)
    stored = row(Vehicle, vehicle.key)
    assert stored.state == "available"
    assert count_events(AuditKind.RESERVATION_CANCELLED) == 1
    age_times(PAUSE_MIN)
    reserve_vehicle(bob_key, vehicle.public_key)


def test_cancelling_an_expired_reservation_does_not_change_the_next_one(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    age_times(10 + PAUSE_MIN + 1)
    reserve_vehicle(bob_key, vehicle.public_key)
    cancel_reservation(ada_key)
    assert row(Vehicle, vehicle.key).state == "reserved"
    assert read_reservation(bob_key).is_active


@pytest.mark.parametrize("state", ["on_trip", "non_operational", "missing"])
def test_a_vehicle_that_is_not_available_cannot_be_reserved(
    ada_key: RowKey, make_vehicle: VehicleFactory, state: str
) -> None:
    with pytest.raises(VehicleUnavailable):
        reserve_vehicle(ada_key, make_vehicle(state=state).public_key)


def test_a_vehicle_whose_plan_has_no_free_minutes_cannot_be_reserved(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=0)
    with pytest.raises(NotReservable):
        reserve_vehicle(ada_key, make_vehicle().public_key)


def test_an_unknown_vehicle_cannot_be_reserved(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    for key in (make_vehicle(state="removed").public_key, make_vehicle().key):
        with pytest.raises(NotFound):
            reserve_vehicle(ada_key, key)


def test_a_rider_in_debt_can_neither_reserve_nor_ride(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(unlock_fee=100)
    vehicle = make_vehicle().public_key
    end_ride(ada_key, start_ride(ada_key, make_vehicle().public_key), HERE)
    for action in (reserve_vehicle, start_ride):
        with pytest.raises(RiderOwes):
            action(ada_key, vehicle)


def test_without_a_payment_provider_riders_in_debt_can_ride(
    app: Flask,
    ada_key: RowKey,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_plan(unlock_fee=100)
    end_ride(ada_key, start_ride(ada_key, make_vehicle().public_key), HERE)
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    reserve_vehicle(ada_key, make_vehicle().public_key)
    cancel_reservation(ada_key)
    end_ride(ada_key, start_ride(ada_key, make_vehicle().public_key), HERE)
    assert ledger.read_balances(ada_key) == {"USD": -200}
    monkeypatch.undo()
    with pytest.raises(RiderOwes):
        start_ride(ada_key, make_vehicle().public_key)


def test_reserving_vehicles_in_turns_is_rate_limited(
    ada_key: RowKey, make_vehicle: VehicleFactory, app: Flask
) -> None:
    max_count = app.config["LIMIT_RESERVATIONS"][0]
    for _ in range(max_count):
        reserve_vehicle(ada_key, make_vehicle().public_key)
        cancel_reservation(ada_key)
    with pytest.raises(TooManyTries):
        reserve_vehicle(ada_key, make_vehicle().public_key)


@pytest.fixture
def vehicle_of_bob(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> Vehicle:
    """A vehicle that Ada reserved, that was out of service since, and that Bob has reserved."""
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    for state in ({"state": "non_operational"}, {"state": "available", "reserved_until": None}):
        execute_write(update(Vehicle).values(state))
    reserve_vehicle(bob_key, vehicle.public_key)
    return vehicle


def test_an_old_reservation_does_not_start_a_vehicle_reserved_by_another(
    ada_key: RowKey, bob_key: RowKey, vehicle_of_bob: Vehicle, row: RowReader
) -> None:
    with pytest.raises(VehicleUnavailable):
        start_ride(ada_key, vehicle_of_bob.public_key)
    with pytest.raises(VehicleUnavailable):
        reserve_vehicle(ada_key, vehicle_of_bob.public_key)
    cancel_reservation(ada_key)
    assert row(Vehicle, vehicle_of_bob.key).state == "reserved"
    start_ride(bob_key, vehicle_of_bob.public_key)


def test_extending_a_reservation_that_is_no_longer_valid_costs_nothing(
    ada_key: RowKey, vehicle_of_bob: Vehicle
) -> None:
    reservation = read_reservation(ada_key)
    with contextlib.suppress(ReservationOver):
        extend_reservation(ada_key, reservation, reservation.until)
    assert ledger.read_balances(ada_key) == {}


def test_a_rider_with_a_debt_from_extending_can_start_the_reserved_vehicle(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    assert ledger.read_balances(ada_key) == {"USD": -100}
    start_ride(ada_key, vehicle.public_key)


# --- extensions --------------------------------------------------------------------------------
