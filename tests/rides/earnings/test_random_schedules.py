"""Whatever happens to an owner's money at the same time, and twice: the ledger is right afterwards.

Ends of rides, refunds, payouts, reversals and shares in an order that a seed decides; then the same
while the city moves; then while the owner is taken out of the ledger.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.regions.conftest import MoveCity, move, run  # noqa: F401 - fixtures
from tests.riders.wallet_steps import assert_consistent_ledger
from tests.rides.conftest import MakeOpenRide
from tests.rides.earnings.steps import insert_share
from tests.rides.steps import PRICE
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.rides.disputes.queries import find_case
from webapp.rides.disputes.services import write_message
from webapp.rides.disputes.staff_services import DisputeAnswer, answer_dispute
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.rides.earnings.queries.balances import read_balances
from webapp.rides.earnings.queries.payouts import find_payout
from webapp.rides.earnings.services.account_deletion import close_earnings_in_slices
from webapp.rides.earnings.services.payout_reversals import reverse_payout
from webapp.rides.earnings.services.payouts import OwnerPayout, record_payout
from webapp.rides.earnings.services.shares import ShareTerms, set_share
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride

Action = Callable[[], object]

COMMON = Place("Boston Common", Point(42.355, -71.066))
RIDES, THREADS, STEPS = 9, 3, 8


class Money:
    """What may happen to the money of one owner. Each action is drawn before it runs, so that it
    can run twice."""

    def __init__(self, random: Random, boss: User, olga: User, ride_ids: list[Any]) -> None:
        self.random, self.boss, self.olga = random, boss, olga
        self.ride_ids = ride_ids

    def city(self) -> City:
        city = catalogue().find("boston")
        assert city
        return city

    def draw_end(self) -> Action:
        ride_id = self.random.choice(self.ride_ids)

        def end() -> None:
            ride = db.session.scalars(select(Ride).where(Ride.id == ride_id)).one()
            end_ride(read_rider_key(ride), ride.key, COMMON)

        return end

    def draw_refund(self) -> Action:
        ride_id, nonce = self.random.choice(self.ride_ids), uuid4().hex
        refund = self.random.choice([1, 99, 175, 350])

        def answer() -> None:
            ride = db.session.scalars(select(Ride).where(Ride.id == ride_id)).one()
            write_message(read_rider_key(ride), ride.key, nonce, "It never unlocked.")
            case = find_case(self.boss, ride.key)
            answer_dispute(
                self.boss.key, case, case.last_message_at, nonce, DisputeAnswer("Sorry.", refund)
            )

        return answer

    def draw_payout(self) -> Action:
        payout = OwnerPayout(self.random.choice([1, 44, 88, 176, 400]), "July", uuid4())
        return lambda: record_payout(self.boss, self.city(), self.olga.key, payout)

    def draw_reversal(self) -> Action:
        fraction = self.random.random()

        def reverse() -> None:
            is_payout = OwnerLedgerEntry.kind == OwnerLedgerEntryKind.PAYOUT.value
            ids = list(db.session.scalars(select(OwnerLedgerEntry.id).where(is_payout)))
            if ids:
                payout_id = ids[int(fraction * len(ids))]
                payout = find_payout(self.city(), self.olga.key, payout_id)
                reverse_payout(self.boss, self.city(), payout, "Account closed")

        return reverse

    def draw_share(self) -> Action:
        basis_points, nonce = self.random.choice([0, 1, 3_333, 10_000]), uuid4().hex

        def share() -> None:
            terms = ShareTerms(basis_points, datetime.now(self.city().zone).date(), "Contract")
            set_share(self.boss, self.city(), "olga", terms, nonce)

        return share

    def draw_schedule(self, *draws: Callable[[], Action]) -> Action:
        """Return actions one after the other, some of them twice."""
        actions: list[Action] = []
        for _step in range(STEPS):
            actions += [self.random.choice(draws)()] * self.random.choice([1, 1, 2])
        self.random.shuffle(actions)

        def perform() -> None:
            for action in actions:
                db.session.remove()
                with suppress(DomainError):
                    action()

        return perform


def read_rider_key(ride: Ride) -> RowKey:
    assert ride.rider_region
    assert ride.rider_id
    return RowKey(ride.rider_region, ride.rider_id)


def assert_right_ledger(app: Flask) -> None:
    with app.app_context():
        assert_consistent_ledger()
        assert check_ledger() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_of_owners_is_right_after_any_schedule(
    app: Flask,
    make_user: UserFactory,
    make_plan: PlanFactory,
    make_vehicle: VehicleFactory,
    make_open_ride: MakeOpenRide,
    move: MoveCity,  # noqa: F811 - the fixture
    seed: int,
) -> None:
    make_plan("boston", **PRICE)
    olga, boss = make_user("olga", "paris", roles=["owner"]), make_user("boss", roles=["admin"])
    insert_share(app, olga, 3_333, city="boston")
    duration = timedelta(seconds=570)
    rides = [
        make_open_ride(f"rider{number}", duration, "boston", owner=olga) for number in range(RIDES)
    ]
    money = Money(Random(seed), boss, olga, [ride.id for ride in rides])
    paying = (money.draw_payout, money.draw_payout, money.draw_reversal)
    all_draws = (money.draw_end, money.draw_refund, money.draw_share, *paying)

    def run_schedules(draws: tuple[Callable[[], Action], ...], *others: Action) -> None:
        schedules = [money.draw_schedule(*draws) for _thread in range(THREADS)]
        assert set(run_together(app, *schedules, *others)) == {None}
        assert_right_ledger(app)

    run_schedules(all_draws)
    run_schedules((money.draw_end, *paying), lambda: assert_moved(move()))
    run_schedules(all_draws, lambda: close_earnings_in_slices(olga.key))
    with app.app_context():
        close_earnings_in_slices(olga.key)
        assert read_balances(db.session, olga.key.id) == []  # type: ignore[arg-type]
        entries = db.session.scalars(select(OwnerLedgerEntry)).all()
        assert {entry.owner_id for entry in entries} <= {None}
        assert sum(entry.amount for entry in entries) == 0


def assert_moved(result: Any) -> None:
    assert result.exit_code == 0, result.output
