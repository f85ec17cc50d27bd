"""The price of a ride, and the public id of a vehicle, which changes with each ride."""

import pytest
from sqlalchemy import text

from tests.factories import PlanFactory, RowReader, VehicleFactory
from tests.rides.steps import age_times
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.rides.models import Ride
from webapp.rides.refusal_reasons import (
    PriceChanged,
)
from webapp.rides.reservations.services import (
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(40.7359, -73.9911))
pytestmark = pytest.mark.usefixtures("app_context")


# --- prices of a ride ----------------------------------------------------------------------


def test_a_ride_keeps_the_plan_of_its_start(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    old = make_plan(unlock_fee=100)
    ride = start_ride(ada_key, make_vehicle().public_key)
    make_plan(unlock_fee=999, version=2)
    end_ride(ada_key, ride, HERE)
    assert (row(Ride, ride).plan_id, row(Ride, ride).price) == (old.id, 100)


def test_a_ride_does_not_start_with_another_price_than_the_page_showed(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    shown_plan, vehicle = make_plan(unlock_fee=100), make_vehicle()
    make_plan(unlock_fee=200, version=2)
    with pytest.raises(PriceChanged):
        start_ride(ada_key, vehicle.public_key, shown_plan.id)
    assert row(Vehicle, vehicle.key).state == "available"


def test_the_price_of_the_duration_is_in_the_ride_and_in_the_ledger(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    segments = [{"start": 0, "rate": 25, "interval": 1}]
    make_plan(unlock_fee=100, segments=segments, tax_ppm=100_000, tax_included=False)
    ride = start_ride(ada_key, make_vehicle(at=(40.73, -73.99)).public_key)
    age_times(9)
    end_ride(ada_key, ride, HERE)
    stored = row(Ride, ride)
    assert (stored.price, stored.currency) == (100 + 225 + 33, "USD")
    assert sum(line["amount"] for line in stored.price_lines) == stored.price
    assert stored.duration.total_seconds() // 60 == 9
    assert ledger.read_balances(ada_key) == {"USD": -358}
    lines = db.session.execute(text("SELECT account, amount FROM wallet_lines"))
    amounts = {line.account: line.amount for line in lines}
    assert amounts == {"rider": -358, "revenue": 325, "tax": 33}
    assert stored.distance_m == pytest.approx(663, abs=5)


def test_a_free_ride_writes_no_ledger_entry(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory, row: RowReader
) -> None:
    make_plan()
    ride = start_ride(ada_key, make_vehicle().public_key)
    end_ride(ada_key, ride, HERE)
    assert row(Ride, ride).price == 0
    assert db.session.scalar(text("SELECT count(*) FROM wallet_entries")) == 0


def test_the_public_id_changes_with_each_ride_and_only_then(
    ada_key: RowKey, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle()
    public_ids = [vehicle.public_id]
    reserve_vehicle(ada_key, vehicle.public_key)
    assert row(Vehicle, vehicle.key).public_id == vehicle.public_id
    for _ in range(2):
        ride = start_ride(ada_key, row(Vehicle, vehicle.key).public_key)
        assert row(Vehicle, vehicle.key).public_id == public_ids[-1]
        end_ride(ada_key, ride, HERE)
        end_ride(ada_key, ride, HERE)
        public_ids.append(row(Vehicle, vehicle.key).public_id)
    assert len(set(public_ids)) == 3
    assert vehicle.id not in public_ids


def test_an_old_public_id_starts_no_ride(ada_key: RowKey, make_vehicle: VehicleFactory) -> None:
    vehicle = make_vehicle()
    end_ride(ada_key, start_ride(ada_key, vehicle.public_key), HERE)
    for key in (vehicle.public_key, vehicle.key, RowKey("paris", vehicle.public_id)):
        with pytest.raises(NotFound):
            start_ride(ada_key, key)
