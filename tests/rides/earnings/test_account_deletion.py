"""What owners have earned when they delete their account."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from tests.auth.steps import new_browser, read_rows
from tests.factories import PlanFactory, UserFactory
from tests.riders.wallet_steps import assert_consistent_ledger
from tests.rides.disputes.steps import send_answer
from tests.rides.earnings.steps import insert_share, read_earnings
from tests.rides.steps import PRICE, MakeEndedRide
from webapp.auth.models import User
from webapp.db import slices
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.rides.disputes.services import write_message
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.services import account_deletion
from webapp.rides.earnings.services.account_deletion import (
    EarningsNotPaidOut,
    close_earnings_in_slices,
)


@pytest.fixture
def olga(
    app: Flask,
    make_user: UserFactory,
    make_plan: PlanFactory,
    make_ended_ride: MakeEndedRide,
    ada_key: RowKey,
) -> User:
    """An owner in Paris who has earned 0.88 in New York."""
    make_plan(**PRICE)
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga)
    make_ended_ride(ada_key, owner=olga)
    return olga


def pay(amount: int) -> None:
    """Pay an amount to the one owner that there is, without the application."""
    with db.engines["write"].begin() as connection:
        entry = connection.execute(select(OwnerLedgerEntry.__table__)).mappings().one()
        values = {**entry, "id": RowKey.parse(f"x.{entry['owner_id']}").id, "kind": "payout"}
        values["note"] = "Olga July"
        values |= dict.fromkeys(("ride_id", "vehicle_id", "net_price", "basis_points"))
        connection.execute(insert(OwnerLedgerEntry).values({**values, "amount": -amount}))
        connection.execute(update(OwnerMonth).values(paid=amount))


def test_an_account_stays_while_something_is_owed_to_it(app: Flask, olga: User) -> None:
    with app.app_context(), pytest.raises(EarningsNotPaidOut):
        delete_account(olga)
    assert len(read_rows(app, RevenueShare)) == 1


@pytest.mark.parametrize("paid", [88, 100])
def test_the_entries_stay_without_the_person_and_a_debt_is_written_off(
    app: Flask, olga: User, paid: int
) -> None:
    with app.app_context():
        pay(paid)
        delete_account(olga)
        assert_consistent_ledger()
        assert check_ledger() == []
    entries = read_rows(app, OwnerLedgerEntry)
    assert {(entry.owner_id, entry.note) for entry in entries} == {(None, "")}
    assert sum(amount for _, _, amount in read_earnings(app)) == 0
    assert read_rows(app, OwnerMonth) == []
    assert read_rows(app, RevenueShare) == []


def test_a_refund_after_the_deletion_takes_nothing_back_and_the_audit_is_content(
    app: Flask, olga: User, ada_key: RowKey, make_user: UserFactory
) -> None:
    (entry,) = read_rows(app, OwnerLedgerEntry)
    ride_key = RowKey(entry.region, entry.id)
    with app.app_context():
        pay(88)
        delete_account(olga)
        write_message(ada_key, ride_key, "n", "It never unlocked.")
    staff = new_browser(app).sign_in(make_user("sam", roles={"support": ["new york"]}))
    assert send_answer(staff, ride_key, refund="3.50").status_code == 303
    with app.app_context():
        assert_consistent_ledger()
        assert check_ledger() == []
    assert sorted(kind for kind, _, _ in read_earnings(app)) == ["payout", "ride"]


def test_a_large_account_is_taken_out_in_slices(app: Flask, olga: User) -> None:
    with app.app_context():
        pay(100)
        for _twice in range(2):
            close_earnings_in_slices(olga.key)
        assert check_ledger() == []
    entries = read_rows(app, OwnerLedgerEntry)
    assert {(entry.owner_id, entry.note) for entry in entries} == {(None, "")}
    assert read_earnings(app)[-1] == ("write_off", 0, 12)


def test_a_refund_while_a_large_account_is_taken_out_is_written_off(
    app: Flask,
    olga: User,
    ada_key: RowKey,
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (entry,) = read_rows(app, OwnerLedgerEntry)
    ride_key = RowKey(entry.region, entry.id)
    staff = new_browser(app).sign_in(make_user("sam", roles={"support": ["new york"]}))
    update_in_slices = slices.update_in_slices

    def refund_before(*args: Any) -> None:
        if not refunds:
            refunds.append(send_answer(staff, ride_key, refund="3.50").status_code)
        update_in_slices(*args)

    refunds: list[int] = []
    with app.app_context():
        write_message(ada_key, ride_key, "n", "It never unlocked.")
        monkeypatch.setattr(account_deletion, "update_in_slices", refund_before)
        close_earnings_in_slices(olga.key)
        assert refunds == [303]
        assert check_ledger() == []
