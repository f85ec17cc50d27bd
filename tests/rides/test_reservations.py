"""Rules of reservations, extensions, prices of rides, and public ids of vehicles."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.wallet import ledger
from webapp.riders.wallet.provider import PROVIDER, DisabledProvider
from webapp.rides.models import Ride
from webapp.rides.refusals import (
    NotReservable,
    OtherVehicleReserved,
    PriceChanged,
    ReservedRecently,
    RideAlreadyOpen,
    RiderOwes,
    VehicleUnavailable,
)
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import (
    LongestReservation,
    ReservationOver,
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.rate_limits import TooManyTries

HERE = Place("here", Point(40.7359, -73.9911))


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada").key


@pytest.fixture
def bob(make_user):
    return make_user("bob").key


def minutes_pass(count):
    """Put everything that has to do with time so far back."""
    back = timedelta(minutes=count)

    def work(session):
        session.execute(update(Vehicle).values(reserved_until=Vehicle.reserved_until - back))
        session.execute(
            update(Reservation).values(
                until=Reservation.until - back, reserved_at=Reservation.reserved_at - back
            )
        )
        session.execute(update(Ride).values(started_at=Ride.started_at - back))

    run_transaction(work)
    db.session.expire_all()


def held_by(rider):
    held = db.session.get(Reservation, rider, populate_existing=True)
    if held:
        db.session.expunge(held)
    return held


def told(kind):
    return db.session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind)
    )


def test_a_vehicle_is_reserved_for_the_free_minutes_of_its_plan(ada, make_vehicle, make_plan, row):
    plan, vehicle = make_plan(reserve_min=12), make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    held, found = held_by(ada), row(Vehicle, vehicle.key)
    assert held.vehicle_key == vehicle.key
    assert held.plan_id == plan.id
    assert held.until - held.reserved_at == timedelta(minutes=12)
    assert (found.state, found.reserved_until) == ("reserved", held.until)
    assert told(AuditKind.VEHICLE_RESERVED) == 1


def test_where_riding_is_free_a_vehicle_is_reserved_for_ten_minutes(ada, make_vehicle):
    reserve_vehicle(ada, make_vehicle().public_key)
    held = held_by(ada)
    assert held.until - held.reserved_at == timedelta(minutes=10)


def test_the_plan_of_the_vehicles_own_type_counts(ada, make_vehicle, make_plan):
    make_plan(reserve_min=5)
    make_plan(reserve_min=7, form_factor="bicycle")
    make_plan(reserve_min=9, form_factor="bicycle", propulsion_type="human")
    make_plan(reserve_min=11, form_factor="bicycle", propulsion_type="human", version=2)
    reserve_vehicle(ada, make_vehicle(form_factor="bicycle", propulsion_type="human").public_key)
    held = held_by(ada)
    assert held.until - held.reserved_at == timedelta(minutes=11)


def test_reserving_twice_is_once(ada, make_vehicle):
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    first = held_by(ada)
    reserve_vehicle(ada, vehicle)
    assert held_by(ada).until == first.until
    assert told(AuditKind.VEHICLE_RESERVED) == 1


def test_nobody_else_can_reserve_or_start_it(ada, bob, make_vehicle):
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    for act in (reserve_vehicle, start_ride):
        with pytest.raises(VehicleUnavailable):
            act(bob, vehicle)


def test_one_vehicle_at_a_time(ada, make_vehicle):
    first, second = make_vehicle().public_key, make_vehicle("paris").public_key
    reserve_vehicle(ada, first)
    for act in (reserve_vehicle, start_ride):
        with pytest.raises(OtherVehicleReserved):
            act(ada, second)


def test_nobody_reserves_during_a_ride(ada, make_vehicle):
    start_ride(ada, make_vehicle().public_key)
    with pytest.raises(RideAlreadyOpen):
        reserve_vehicle(ada, make_vehicle().public_key)


def test_a_reservation_becomes_the_ride(ada, make_vehicle, row):
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    ride = start_ride(ada, vehicle.public_key)
    found = row(Vehicle, vehicle.key)
    assert (found.state, found.reserved_until) == ("on_trip", None)
    assert held_by(ada) is None
    end_ride(ada, ride, HERE)
    reserve_vehicle(ada, row(Vehicle, vehicle.key).public_key)  # after a ride it can be held again


def test_a_reservation_ends_by_itself_and_the_vehicle_is_free_for_others(
    ada, bob, make_vehicle, row
):
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    minutes_pass(11)
    assert row(Vehicle, vehicle.key).is_available
    assert held_by(ada).is_active is False
    start_ride(bob, vehicle.public_key)
    assert row(Vehicle, vehicle.key).state == "on_trip"


def test_after_it_has_lapsed_another_can_reserve_it(ada, bob, make_vehicle):
    vehicle = make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    minutes_pass(11)
    reserve_vehicle(bob, vehicle)
    with pytest.raises(VehicleUnavailable):
        start_ride(ada, vehicle)


def test_the_same_vehicle_cannot_be_reserved_again_at_once_but_be_ridden(ada, make_vehicle, app):
    vehicle, other = make_vehicle().public_key, make_vehicle().public_key
    reserve_vehicle(ada, vehicle)
    minutes_pass(11)
    with pytest.raises(ReservedRecently):
        reserve_vehicle(ada, vehicle)
    reserve_vehicle(ada, other)
    cancel_reservation(ada)
    minutes_pass(app.config["RESERVE_AGAIN_S"] // 60 + 1)
    reserve_vehicle(ada, vehicle)
    cancel_reservation(ada)
    start_ride(ada, vehicle)


def test_cancelling_frees_it_and_twice_is_fine(ada, bob, make_vehicle, row):
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    cancel_reservation(ada)
    cancel_reservation(ada)
    found = row(Vehicle, vehicle.key)
    assert (found.state, found.reserved_until) == ("available", None)
    assert told(AuditKind.RESERVATION_CANCELLED) == 1
    reserve_vehicle(bob, vehicle.public_key)


def test_a_lapsed_reservation_cancelled_late_does_no_harm_to_the_next(ada, bob, make_vehicle, row):
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    minutes_pass(11)
    reserve_vehicle(bob, vehicle.public_key)
    cancel_reservation(ada)
    assert row(Vehicle, vehicle.key).state == "reserved"
    assert held_by(bob).is_active


@pytest.mark.parametrize("state", ["on_trip", "non_operational", "missing"])
def test_a_vehicle_that_is_not_available_cannot_be_reserved(ada, make_vehicle, state):
    with pytest.raises(VehicleUnavailable):
        reserve_vehicle(ada, make_vehicle(state=state).public_key)


def test_a_vehicle_whose_plan_has_no_free_minutes_cannot_be_reserved(ada, make_vehicle, make_plan):
    make_plan(reserve_min=0)
    with pytest.raises(NotReservable):
        reserve_vehicle(ada, make_vehicle().public_key)


def test_an_unknown_vehicle_cannot_be_reserved(ada, make_vehicle):
    for key in (make_vehicle(state="removed").public_key, make_vehicle().key):
        with pytest.raises(NotFound):
            reserve_vehicle(ada, key)


def test_a_rider_in_debt_can_neither_reserve_nor_ride(ada, make_vehicle, make_plan):
    make_plan(unlock_fee=100)
    vehicle = make_vehicle().public_key
    end_ride(ada, start_ride(ada, make_vehicle().public_key), HERE)
    for act in (reserve_vehicle, start_ride):
        with pytest.raises(RiderOwes):
            act(ada, vehicle)


def test_without_a_payment_provider_debts_stop_nobody(
    app, ada, make_vehicle, make_plan, monkeypatch
):
    make_plan(unlock_fee=100)
    end_ride(ada, start_ride(ada, make_vehicle().public_key), HERE)
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    reserve_vehicle(ada, make_vehicle().public_key)
    cancel_reservation(ada)
    end_ride(ada, start_ride(ada, make_vehicle().public_key), HERE)
    assert ledger.read_balances(ada) == {"USD": -200}
    monkeypatch.undo()
    with pytest.raises(RiderOwes):
        start_ride(ada, make_vehicle().public_key)


def test_reserving_vehicles_in_turns_is_rate_limited(ada, make_vehicle, app):
    most = app.config["LIMIT_RESERVATIONS"][0]
    for _ in range(most):
        reserve_vehicle(ada, make_vehicle().public_key)
        cancel_reservation(ada)
    with pytest.raises(TooManyTries):
        reserve_vehicle(ada, make_vehicle().public_key)


@pytest.fixture
def put_back(ada, bob, make_vehicle, make_plan):
    """A vehicle that Ada held, that was taken out of service and put back, and that Bob holds."""
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    for state in ({"state": "non_operational"}, {"state": "available", "reserved_until": None}):
        run_transaction(lambda s, it=state: s.execute(update(Vehicle).values(it)))
    reserve_vehicle(bob, vehicle.public_key)
    return vehicle


def test_an_old_reservation_does_not_open_a_vehicle_reserved_by_another(ada, bob, put_back, row):
    with pytest.raises(VehicleUnavailable):
        start_ride(ada, put_back.public_key)
    with pytest.raises(VehicleUnavailable):
        reserve_vehicle(ada, put_back.public_key)
    cancel_reservation(ada)
    assert row(Vehicle, put_back.key).state == "reserved"
    start_ride(bob, put_back.public_key)


def test_extending_a_reservation_that_is_no_longer_valid_costs_nothing(ada, put_back):
    held = held_by(ada)
    with contextlib.suppress(ReservationOver):
        extend_reservation(ada, held, held.until)
    assert ledger.read_balances(ada) == {}


def test_a_debt_from_extending_does_not_keep_the_rider_from_the_reserved_vehicle(
    ada, make_vehicle, make_plan
):
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    extend_reservation(ada, held_by(ada), held_by(ada).until)
    assert ledger.read_balances(ada) == {"USD": -100}
    start_ride(ada, vehicle.public_key)


# --- longer --------------------------------------------------------------------------------


def test_an_extension_is_charged_at_once_with_its_tax(ada, make_vehicle, make_plan, row):
    make_plan(
        reserve_min=10, reservation_rate=20, reserve_max_min=30, tax_ppm=250_000, tax_included=False
    )
    vehicle = make_vehicle()
    reserve_vehicle(ada, vehicle.public_key)
    before = held_by(ada)
    extend_reservation(ada, before, before.until)
    assert held_by(ada).until - before.until == timedelta(minutes=5)
    assert row(Vehicle, vehicle.key).reserved_until == held_by(ada).until
    assert ledger.read_balances(ada) == {"USD": -125}
    assert told(AuditKind.RESERVATION_EXTENDED) == 1


def test_pressing_extend_twice_extends_once(ada, make_vehicle, make_plan):
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve_vehicle(ada, make_vehicle().public_key)
    before = held_by(ada)
    extend_reservation(ada, before, before.until)
    extend_reservation(ada, before, before.until)
    assert held_by(ada).until - before.until == timedelta(minutes=5)
    assert ledger.read_balances(ada) == {"USD": -100}


def test_the_plan_limits_how_long_a_reservation_can_be(ada, make_vehicle, make_plan):
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=15)
    reserve_vehicle(ada, make_vehicle().public_key)
    extend_reservation(ada, held_by(ada), held_by(ada).until)
    with pytest.raises(LongestReservation):
        extend_reservation(ada, held_by(ada), held_by(ada).until)


def test_a_reservation_that_is_over_cannot_be_extended(ada, make_vehicle, make_plan):
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve_vehicle(ada, make_vehicle().public_key)
    minutes_pass(11)
    with pytest.raises(ReservationOver):
        extend_reservation(ada, held_by(ada), held_by(ada).until)
    assert ledger.read_balances(ada) == {}


# --- prices of a ride ----------------------------------------------------------------------


def test_a_ride_keeps_the_plan_it_began_with(ada, make_vehicle, make_plan, row):
    old = make_plan(unlock_fee=100)
    ride = start_ride(ada, make_vehicle().public_key)
    make_plan(unlock_fee=999, version=2)
    end_ride(ada, ride, HERE)
    assert (row(Ride, ride).plan_id, row(Ride, ride).price) == (old.id, 100)


def test_a_ride_does_not_begin_with_another_price_than_the_one_beside_the_button(
    ada, make_vehicle, make_plan, row
):
    seen, vehicle = make_plan(unlock_fee=100), make_vehicle()
    make_plan(unlock_fee=200, version=2)
    with pytest.raises(PriceChanged):
        start_ride(ada, vehicle.public_key, seen.id)
    assert row(Vehicle, vehicle.key).state == "available"


def test_the_price_follows_the_duration_and_is_on_the_ride_and_in_the_ledger(
    ada, make_vehicle, make_plan, row
):
    segments = [{"start": 0, "rate": 25, "interval": 1}]
    make_plan(unlock_fee=100, segments=segments, tax_ppm=100_000, tax_included=False)
    ride = start_ride(ada, make_vehicle(at=(40.73, -73.99)).public_key)
    minutes_pass(9)
    end_ride(ada, ride, HERE)
    found = row(Ride, ride)
    assert (found.price, found.currency) == (100 + 225 + 33, "USD")
    assert sum(line["amount"] for line in found.price_lines) == found.price
    assert found.duration.total_seconds() // 60 == 9
    assert ledger.read_balances(ada) == {"USD": -358}
    lines = dict(db.session.execute(text("SELECT account, amount FROM wallet_lines")).all())
    assert lines == {"rider": -358, "revenue": 325, "tax": 33}
    assert found.distance_m == pytest.approx(663, abs=5)


def test_a_free_ride_writes_no_ledger_entry(ada, make_vehicle, make_plan, row):
    make_plan()
    ride = start_ride(ada, make_vehicle().public_key)
    end_ride(ada, ride, HERE)
    assert row(Ride, ride).price == 0
    assert db.session.scalar(text("SELECT count(*) FROM wallet_entries")) == 0


def test_the_public_id_changes_with_each_ride_and_only_then(ada, make_vehicle, row):
    vehicle = make_vehicle()
    names = [vehicle.public_id]
    reserve_vehicle(ada, vehicle.public_key)
    assert row(Vehicle, vehicle.key).public_id == vehicle.public_id
    for _ in range(2):
        ride = start_ride(ada, row(Vehicle, vehicle.key).public_key)
        assert row(Vehicle, vehicle.key).public_id == names[-1]
        end_ride(ada, ride, HERE)
        end_ride(ada, ride, HERE)
        names.append(row(Vehicle, vehicle.key).public_id)
    assert len(set(names)) == 3
    assert vehicle.id not in names


def test_an_old_public_id_starts_no_ride(ada, make_vehicle):
    vehicle = make_vehicle()
    end_ride(ada, start_ride(ada, vehicle.public_key), HERE)
    for key in (vehicle.public_key, vehicle.key, RowKey("paris", vehicle.public_id)):
        with pytest.raises(NotFound):
            start_ride(ada, key)
