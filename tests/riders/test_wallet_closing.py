"""The wallet of an account that moves to another region or is deleted."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.riders.steps import make_profile
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    charge,
    charge_ride,
    complete_top_up,
    give_credit,
    load_payment,
    pay_out,
    payment_states,
    refund_ride,
    run_wallet_command,
    start_top_up,
)
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import save_profile
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import reservation_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider.checkouts import close_checkout, read_paid_out
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import PROVIDER, DisabledProvider
from webapp.riders.wallet.services import payments, payouts
from webapp.riders.wallet.services.closing import BalanceNotPaidOut, DebtNotPaid, PaymentPending

pytestmark = pytest.mark.usefixtures("empty_provider", "app_context")


def move_to_city(rider_key: RowKey, city: str) -> RowKey:
    return save_profile(rider_key, make_profile(city))


def read_regions(model: type[Any]) -> set[str]:
    return set(db.session.scalars(select(model.region)))


def test_the_wallet_moves_with_its_rider(app: Flask, ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000)
    open_ = start_top_up(ada_key, 500)
    close_checkout(open_, PaymentState.PAID)
    moved_key = move_to_city(ada_key, "seattle")
    assert (
        read_regions(WalletEntry)
        == read_regions(WalletLine)
        == read_regions(Payment)
        == {"us-west1"}
    )
    assert (ledger.read_balances(ada_key), ledger.read_balances(moved_key)) == ({}, {"EUR": 1000})
    assert payments.settle_payment(load_payment(moved_key, open_)) == "paid"
    assert ledger.read_balances(moved_key) == {"EUR": 1500}
    assert pay_out(moved_key) == 1500
    assert move_to_city(moved_key, "paris") == ada_key
    payouts.send_payouts(ada_key)
    assert payment_states(ada_key) == [("paid", 1000), ("paid", 500)]


def test_an_entry_written_before_a_move_is_not_written_again_after_it(ada_key: RowKey) -> None:
    entry = reservation_entry(ada_key, uuid4(), "EUR", 320, 0)
    run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    moved_key = move_to_city(ada_key, "seattle")
    with pytest.raises(Exception, match="fk_wallet_entries_users"):
        run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    assert ledger.read_balances(moved_key) == {"EUR": -320}


def delete_user(rider_key: RowKey) -> None:
    delete_account(db.session.get_one(User, tuple(rider_key)))


def test_an_account_with_a_debt_cannot_be_deleted(ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000)
    pay_out(ada_key)
    charge(ada_key, 1, "USD")
    with pytest.raises(DebtNotPaid):
        delete_user(ada_key)


def test_without_a_provider_a_debt_is_waived_when_the_account_is_deleted(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    charge(ada_key, 400)
    delete_user(ada_key)
    assert ledger.read_balances(ada_key) == {}
    assert run_wallet_command(app, "audit").output == "The ledger is consistent.\n"


def test_without_a_provider_unused_top_ups_still_block_deletion(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete_top_up(ada_key, 1000)
    charge(ada_key, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada_key)


def test_a_rider_in_debt_in_one_currency_keeps_the_balance_in_another(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete_top_up(ada_key, 1000)
    charge(ada_key, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada_key)


def test_unused_top_ups_block_account_deletion(ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000)
    charge(ada_key, 900)
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada_key)
    pay_out(ada_key)
    payouts.send_payouts(ada_key)
    delete_user(ada_key)


def test_a_pending_payment_blocks_account_deletion(app: Flask, ada_key: RowKey) -> None:
    id_ = start_top_up(ada_key)
    with pytest.raises(PaymentPending):
        delete_user(ada_key)
    close_checkout(id_, PaymentState.FAILED)
    payments.settle_payment(load_payment(ada_key, id_))
    delete_user(ada_key)


def test_the_ledger_of_a_deleted_account_has_no_person_and_still_balances(
    app: Flask, ada_key: RowKey
) -> None:
    complete_top_up(ada_key, 1000)
    charge(ada_key, 400)
    give_credit(ada_key, 250)
    assert pay_out(ada_key) == 600, "rides use what was paid in first"
    payouts.send_payouts(ada_key)
    delete_user(ada_key)
    for model in (WalletEntry, WalletLine, Payment):
        assert set(db.session.scalars(select(model.rider_id))) == {None}
    assert_consistent_ledger()
    assert run_wallet_command(app, "audit").output == "The ledger is consistent.\n"


def test_unused_credit_is_taken_back_when_an_account_is_deleted(
    app: Flask, ada_key: RowKey
) -> None:
    give_credit(ada_key, 250)
    delete_user(ada_key)
    sums = select(WalletLine.account, func.sum(WalletLine.amount)).group_by(WalletLine.account)
    assert {amount for _, amount in db.session.execute(sums)} == {0}


def test_a_pending_payout_blocks_account_deletion(app: Flask, ada_key: RowKey) -> None:
    """A refund in the meantime can be paid out only after it."""
    id_ = complete_top_up(ada_key, 1000)
    ride_id = charge_ride(ada_key, 600)
    pay_out(ada_key)
    refund_ride(ada_key, ride_id, 300)
    with pytest.raises(PaymentPending):
        delete_user(ada_key)
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada_key)
    pay_out(ada_key)
    payouts.send_payouts(ada_key)
    delete_user(ada_key)
    assert read_paid_out(id_) == 700


def test_a_rider_who_leaves_gets_back_what_was_paid_in_and_not_ridden(ada_key: RowKey) -> None:
    """20.00 paid in, 4.36 ridden, 30.00 credit: 15.64 comes back, the credit is taken back."""
    ada = db.session.get_one(User, tuple(ada_key))
    id_ = complete_top_up(ada_key, 2000)
    charge(ada_key, 436)
    give_credit(ada_key, 3000)
    with pytest.raises(BalanceNotPaidOut):
        delete_account(ada)
    pay_out(ada_key)
    payouts.send_payouts(ada_key)
    delete_account(ada)
    assert read_paid_out(id_) == 1564
    assert_consistent_ledger()


def test_the_page_that_deletes_an_account_shows_what_is_left_and_where_to_get_it(
    visitor: Visitor, ada_key: RowKey
) -> None:
    visitor.sign_in(db.session.get_one(User, tuple(ada_key)))
    assert "/wallet/pay-out" not in visitor.get("/users/me/delete").text
    give_credit(ada_key, 200)
    assert "There is €2.00 in your wallet" in visitor.get("/users/me/delete").text
    complete_top_up(ada_key, 1000)
    page = visitor.get("/users/me/delete").text
    assert "There is €10.00 of your own money in your wallet." in page
    assert "You lose €2.00 of credit from MovR." in page
    assert 'href="/wallet/pay-out"' in page
    charge(ada_key, 150, "USD")
    assert "You owe $1.50. Pay it first." in visitor.get("/users/me/delete").text
