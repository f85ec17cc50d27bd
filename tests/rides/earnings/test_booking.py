"""What owners earn is recorded by the statement that ends a ride, and corrected by refunds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, update

from tests.auth.steps import new_browser, read_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.riders.wallet_steps import assert_consistent_ledger
from tests.rides.conftest import MakeOpenRide
from tests.rides.disputes.steps import send_answer
from tests.rides.earnings.steps import insert_share, read_earnings, read_sums
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.rides.disputes.services import write_message
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth
from webapp.rides.earnings.services.booking import compute_share, compute_share_change, find_month
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride

#: Of a price of 3.50 with 20 % tax.
NET_PRICE = 292


@pytest.fixture(autouse=True)
def _price(make_plan: PlanFactory) -> None:
    make_plan(**PRICE)


@pytest.fixture
def olga(app: Flask, make_user: UserFactory) -> User:
    """An owner who lives in another region, with 30 % in New York."""
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga)
    return olga


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("sam", roles={"support": ["new york"]}))


def refund(app: Flask, staff: Visitor, rider_key: RowKey, ride: RowKey, *amounts: str) -> None:
    with app.app_context():
        write_message(rider_key, ride, "n", "It never unlocked.")
    for amount in amounts:
        answer = send_answer(staff, ride, f"Here is {amount}.", refund=amount)
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(
    ("net_price", "basis_points", "share"),
    [
        (292, 3_000, 88),  # 87.6
        (291, 3_000, 87),  # 87.3
        (5, 1_000, 1),  # 0.5: halves go up
        (4, 1_000, 0),
        (292, 10_000, 292),
        (292, 1, 0),
        (10**12, 3_333, 333_300_000_000),
        (0, 3_000, 0),
    ],
)
def test_a_share_is_rounded_to_the_nearest_minor_unit(
    net_price: int, basis_points: int, share: int
) -> None:
    assert compute_share(net_price, basis_points) == share


def test_refunds_in_parts_take_back_what_one_refund_does() -> None:
    for step in (1, 7, 100):
        refunded = [*range(0, 292, step), 292]
        changes = [
            compute_share_change(292, before, after, 3_333) for before, after in pairwise(refunded)
        ]
        assert sum(changes) == -compute_share(292, 3_333)
        assert max(changes) <= 0


def test_a_month_is_one_of_the_city(app: Flask) -> None:
    moment = datetime(2026, 8, 1, 2, tzinfo=UTC)
    with app.app_context():
        assert find_month(moment, "new york").isoformat() == "2026-07-01"
        assert find_month(moment, "paris").isoformat() == "2026-08-01"


def test_the_owner_earns_the_share_of_the_net_price_in_the_region_of_the_ride(
    app: Flask, olga: User, ada_key: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    ride_key = make_ended_ride(ada_key, owner=olga)
    (entry,) = read_rows(app, OwnerLedgerEntry)
    assert (entry.region, entry.id, entry.ride_id) == (ride_key.region, ride_key.id, ride_key.id)
    assert (entry.kind, entry.city, entry.owner_id) == ("ride", "new york", olga.id)
    assert (entry.net_price, entry.basis_points, entry.amount) == (NET_PRICE, 3_000, 88)
    assert entry.currency == "USD"
    (ride,) = read_rows(app, Ride)
    assert entry.vehicle_id == ride.vehicle_id
    assert read_sums(app) == (1, NET_PRICE, 88, 0)
    with app.app_context():
        assert_consistent_ledger()
        assert check_ledger() == []


def test_without_a_share_that_holds_there_and_then_nothing_is_recorded(
    app: Flask, make_user: UserFactory, make_ended_ride: MakeEndedRide
) -> None:
    bob, eve, ida = (make_user(name) for name in ("bob", "eve", "ida"))
    insert_share(app, bob, city="paris")
    insert_share(app, eve, since=-timedelta(days=1))
    insert_share(app, ida, since=timedelta(days=2))
    insert_share(app, ida, basis_points=0)
    for owner in (None, bob, eve, ida):
        make_ended_ride(make_user().key, owner=owner)
    assert read_earnings(app) == []


def test_the_last_share_holds(
    app: Flask, olga: User, ada_key: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    insert_share(app, olga, 5_000, since=timedelta(hours=1))
    insert_share(app, olga, 9_000, since=timedelta(days=9))
    make_ended_ride(ada_key, owner=olga)
    assert read_earnings(app) == [("ride", NET_PRICE, 146)]


def test_a_ride_that_is_ended_twice_is_earned_once(
    app: Flask, olga: User, ada_key: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    ride_key = make_ended_ride(ada_key, owner=olga)
    with app.app_context():
        ride = db.session.get_one(Ride, tuple(ride_key))
        end_ride(ada_key, ride_key, ride.end)
    assert read_earnings(app) == [("ride", NET_PRICE, 88)]


@pytest.mark.parametrize(("charged_time", "kinds"), [("until_now", ["ride"]), ("nothing", [])])
def test_a_ride_that_staff_end_is_earned_by_what_its_rider_pays(
    app: Flask,
    olga: User,
    staff: Visitor,
    make_open_ride: MakeOpenRide,
    charged_time: str,
    kinds: list[str],
) -> None:
    ride_key = make_open_ride("ada", timedelta(hours=1), owner=olga)
    fields = {"reason": "vehicle_defect", "charged_time": charged_time}
    assert staff.send(f"/fleet/rides/{ride_key}/end", **fields).status_code == 303
    assert [kind for kind, _, _ in read_earnings(app)] == kinds
    with app.app_context():
        assert_consistent_ledger()


def test_refunds_correct_the_earning_by_further_entries(
    app: Flask, olga: User, staff: Visitor, ada_key: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    ride_key = make_ended_ride(ada_key, owner=olga)
    refund(app, staff, ada_key, ride_key, "1.00", "0.01")
    kept = read_earnings(app)
    assert kept == [("ride", NET_PRICE, 88), ("refund", -84, -26), ("refund", -1, 0)]
    with app.app_context():
        assert_consistent_ledger()
    refund(app, staff, ada_key, ride_key, "2.49")
    assert read_earnings(app)[:3] == kept
    assert read_sums(app) == (1, 0, 0, 0)
    with app.app_context():
        assert_consistent_ledger()
        assert check_ledger() == []


def test_a_refund_is_taken_from_who_owned_the_vehicle_at_the_time_of_the_ride(
    app: Flask,
    olga: User,
    staff: Visitor,
    ada_key: RowKey,
    make_user: UserFactory,
    make_ended_ride: MakeEndedRide,
) -> None:
    ride_key, bob = make_ended_ride(ada_key, owner=olga), make_user("bob")
    insert_share(app, bob)
    with app.app_context():
        execute_write(update(Vehicle).values(owner_region=bob.region, owner_id=bob.id))
    refund(app, staff, ada_key, ride_key, "3.50")
    assert {entry.owner_id for entry in read_rows(app, OwnerLedgerEntry)} == {olga.id}


def test_the_audit_finds_what_contradicts_the_ledger(
    app: Flask, olga: User, ada_key: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    make_ended_ride(ada_key, owner=olga)
    with app.app_context():
        execute_write(update(OwnerMonth).values(paid=7))
        assert "months of owners" in check_ledger()[0]
        execute_write(update(OwnerMonth).values(paid=0, earned=89))
        execute_write(update(OwnerLedgerEntry).values(amount=89))
        assert "rides whose share" in check_ledger()[0]
        with pytest.raises(AssertionError, match="share of an owner"):
            assert_consistent_ledger()


def test_an_end_with_an_earning_is_as_many_statements_as_one_without(
    app: Flask,
    olga: User,
    make_vehicle: VehicleFactory,
    make_open_ride: MakeOpenRide,
) -> None:
    def count(ride_key: RowKey) -> int:
        sent: list[str] = []
        engines = [db.engines["write"], db.engine]

        def listen(_c: object, _u: object, statement: str, *_: object) -> None:
            sent.append(statement)

        for engine in engines:
            event.listen(engine, "before_cursor_execute", listen)
        ride = db.session.get_one(Ride, tuple(ride_key))
        end_ride(
            RowKey(ride.rider_region or "", ride.rider_id or UUID(int=0)), ride_key, ride.start
        )
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)
        return len(sent)

    rides = [
        make_open_ride(name, timedelta(minutes=9), owner=owner)
        for name, owner in (("eve", None), ("ada", None), ("bob", olga))
    ]
    with app.app_context():
        _first, without, with_earning = [count(ride_key) for ride_key in rides]
        assert with_earning == without
    assert len(read_earnings(app)) == 1
