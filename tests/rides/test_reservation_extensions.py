"""Extensions of reservations: what they cost, and where they end."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.factories import PlanFactory, RowReader, VehicleFactory
from tests.rides.steps import age_times, count_events, read_reservation
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.riders.wallet import ledger
from webapp.rides.reservations.services import (
    LongestReservation,
    ReservationOver,
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)

pytestmark = pytest.mark.usefixtures("app_context")


def test_an_extension_is_charged_at_once_with_its_tax(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    make_plan(
        reserve_min=10, reservation_rate=20, reserve_max_min=30, tax_ppm=250_000, tax_included=False
    )
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    before = read_reservation(ada_key)
    extend_reservation(ada_key, before, before.until)
    assert read_reservation(ada_key).until - before.until == timedelta(minutes=5)
    assert row(Vehicle, vehicle.key).reserved_until == read_reservation(ada_key).until
    assert ledger.read_balances(ada_key) == {"USD": -125}
    assert count_events(AuditKind.RESERVATION_EXTENDED) == 1


def test_pressing_extend_twice_extends_once(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve_vehicle(ada_key, make_vehicle().public_key)
    before = read_reservation(ada_key)
    extend_reservation(ada_key, before, before.until)
    extend_reservation(ada_key, before, before.until)
    assert read_reservation(ada_key).until - before.until == timedelta(minutes=5)
    assert ledger.read_balances(ada_key) == {"USD": -100}


def test_the_plan_limits_how_long_a_reservation_can_be(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=15)
    reserve_vehicle(ada_key, make_vehicle().public_key)
    extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    with pytest.raises(LongestReservation):
        extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)


def test_a_reservation_that_is_over_cannot_be_extended(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve_vehicle(ada_key, make_vehicle().public_key)
    age_times(11)
    with pytest.raises(ReservationOver):
        extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    assert ledger.read_balances(ada_key) == {}


def test_extensions_that_cost_nothing_count_as_free_minutes_and_end_with_them(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    make_plan(reserve_min=10, reservation_rate=0, reserve_max_min=1440)
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    for _ in range(10):
        extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    assert row(Vehicle, vehicle.key).free_reserved_min == 60
    last = read_reservation(ada_key)
    with pytest.raises(LongestReservation):
        extend_reservation(ada_key, last, last.until)
    assert read_reservation(ada_key).until == last.until
    cancel_reservation(ada_key)
    assert row(Vehicle, vehicle.key).free_reserved_min <= 1  # none was used


def test_minutes_that_were_paid_and_not_used_give_no_free_minutes_back(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=60)
    vehicle = make_vehicle()
    reserve_vehicle(ada_key, vehicle.public_key)
    for _ in range(4):
        extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    age_times(12)
    cancel_reservation(ada_key)
    assert row(Vehicle, vehicle.key).free_reserved_min == 10


def test_extending_the_reservation_of_a_vehicle_out_of_service_costs_nothing_and_says_so(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve_vehicle(ada_key, make_vehicle().public_key)
    execute_write(update(Vehicle).values(state="non_operational", reserved_until=None))
    with pytest.raises(ReservationOver):
        extend_reservation(ada_key, read_reservation(ada_key), read_reservation(ada_key).until)
    assert ledger.read_balances(ada_key) == {}
