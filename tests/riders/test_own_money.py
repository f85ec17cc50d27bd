"""The query of own money reads entries since the first credit; the rule is about all of them."""

from collections.abc import Iterable
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.riders.wallet_steps import give_credit, write_entry
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders.wallet.entries import refund_entry, ride_entry, top_up_entry
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.riders.wallet.queries.own_money import own_money_query

pytestmark = pytest.mark.usefixtures("app_context")


class Amount(NamedTuple):
    time: int
    kind: str
    amount: int


def read_amounts(rider_key: RowKey) -> list[Amount]:
    """Return all entries of the rider; refunds have the time of their ride."""
    query = (
        select(WalletEntry.kind, WalletEntry.ride_id, WalletLine.amount)
        .join(WalletLine, WalletLine.entry_id == WalletEntry.id)
        .where(WalletEntry.rider_id == rider_key.id, WalletLine.account == LedgerAccount.RIDER)
        .order_by(WalletEntry.at)
    )
    ride_times: dict[UUID | None, int] = {}
    amounts = []
    for time, (kind, ride_id, amount) in enumerate(db.session.execute(query)):
        counts_at = ride_times.setdefault(ride_id, time) if ride_id else time
        amounts.append(Amount(counts_at, kind, amount))
    return amounts


def compute_own_money(amounts: Iterable[Amount]) -> int:
    """Return the rider's own money by the rule, from all entries."""
    amounts = list(amounts)

    def own(until: int) -> int:
        return sum(each.amount for each in amounts if each.time <= until and each.kind != "credit")

    def credit(until: int) -> int:
        return sum(each.amount for each in amounts if each.time <= until and each.kind == "credit")

    times = range(len(amounts))
    used = max(0, *(min(credit(time), -own(time)) for time in times), 0)
    return own(len(amounts)) + used


@pytest.mark.parametrize("first_credit_at", [0, 3, 8, 99])
def test_the_entries_before_the_first_credit_need_not_be_read(
    ada_key: RowKey, first_credit_at: int
) -> None:
    random = Random(first_credit_at)
    rides: list[UUID] = []
    for step in range(16):
        amount = random.randrange(1, 30)
        action = random.choice(["ride", "ride", "refund", "top up", "credit"])
        if (action == "credit" and step >= first_credit_at) or step == first_credit_at:
            give_credit(ada_key, amount)
        elif action == "refund" and rides:
            ride_id = random.choice(rides)
            write_entry(refund_entry(ada_key, uuid4(), ride_id, "EUR", amount, 0))
        elif action == "top up":
            write_entry(top_up_entry(ada_key, uuid4(), "EUR", amount))
        else:
            rides.append(uuid4())
            write_entry(ride_entry(ada_key, rides[-1], "EUR", amount, 0))
        amounts = read_amounts(ada_key)
        (row,) = db.session.execute(own_money_query(ada_key)).all()
        assert row.balance == sum(each.amount for each in amounts)
        assert row.own_money == compute_own_money(amounts), (step, amounts)


def test_used_credit_that_was_taken_from_a_top_up_is_owed_by_nobody(ada_key: RowKey) -> None:
    """An older release took credit that a ride had used, from the rider's own money."""
    give_credit(ada_key, 10)
    write_entry(ride_entry(ada_key, uuid4(), "EUR", 10, 0))
    write_entry(top_up_entry(ada_key, uuid4(), "EUR", 15))
    give_credit(ada_key, -10)
    (row,) = db.session.execute(own_money_query(ada_key)).all()
    assert (row.balance, row.own_money) == (5, 5)
