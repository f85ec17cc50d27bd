"""Payouts: what can be paid out, and that it is paid out once."""

from uuid import uuid4

import pytest
from flask import Flask

from tests.auth.steps import read_audit_events
from tests.riders.wallet_steps import (
    charge,
    charge_ride,
    complete_top_up,
    give_credit,
    load_payment,
    pay_out,
    payment_states,
    refund_ride,
    run_wallet_command,
    use_unreliable_provider,
)
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.riders.wallet import ledger
from webapp.riders.wallet.fake_provider.checkouts import read_paid_out
from webapp.riders.wallet.provider import PROVIDER, ProviderUnavailable
from webapp.riders.wallet.queries.payments import read_payout_amounts
from webapp.riders.wallet.services import payments, payouts
from webapp.riders.wallet.services.payouts import NothingToPayOut

pytestmark = pytest.mark.usefixtures("empty_provider", "app_context")


def test_a_payout_is_spread_over_the_newest_payments_first(app: Flask, ada_key: RowKey) -> None:
    old, middle, new = (
        complete_top_up(ada_key, 1000),
        complete_top_up(ada_key, 500),
        complete_top_up(ada_key, 300),
    )
    charge(ada_key, 800)
    give_credit(ada_key, 100)
    assert read_payout_amounts(ada_key) == {"EUR": 1000}
    assert pay_out(ada_key) == 1000
    payouts.send_payouts(ada_key)
    assert [read_paid_out(id_) for id_ in (old, middle, new)] == [200, 500, 300]
    assert payment_states(ada_key) == [("paid", 200), ("paid", 500), ("paid", 300)]
    assert ledger.read_balances(ada_key) == {"EUR": 100}
    (audit_event,) = read_audit_events(app, AuditKind.PAID_OUT)
    assert (audit_event.actor, audit_event.details) == (
        ada_key,
        {"amount": 1000, "currency": "EUR"},
    )


def test_credit_is_never_paid_out(ada_key: RowKey) -> None:
    give_credit(ada_key, 700)
    with pytest.raises(NothingToPayOut):
        pay_out(ada_key)
    complete_top_up(ada_key, 300)
    assert pay_out(ada_key) == 300
    assert ledger.read_balances(ada_key) == {"EUR": 700}


def test_each_currency_is_paid_out_separately(ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000, "EUR")
    complete_top_up(ada_key, 400, "USD")
    charge(ada_key, 300, "USD")
    assert pay_out(ada_key, "USD") == 100
    assert read_payout_amounts(ada_key) == {"EUR": 1000}


def test_one_nonce_books_one_payout(app: Flask, ada_key: RowKey) -> None:
    nonce = uuid4()
    complete_top_up(ada_key, 1000)
    assert pay_out(ada_key, nonce=nonce) == 1000
    complete_top_up(ada_key, 500)
    assert pay_out(ada_key, nonce=nonce) == 0
    assert ledger.read_balances(ada_key) == {"EUR": 500}
    assert len(read_audit_events(app, AuditKind.PAID_OUT)) == 1


def test_money_that_was_paid_out_cannot_be_paid_out_again(ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000)
    pay_out(ada_key)
    payouts.send_payouts(ada_key)
    give_credit(ada_key, 5000)
    assert read_payout_amounts(ada_key) == {}


@pytest.mark.parametrize("fails", ["before", "after"])
def test_a_payout_interrupted_after_booking_is_paid_once(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    id_ = complete_top_up(ada_key, 1000)
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = fails
    pay_out(ada_key)
    with pytest.raises(ProviderUnavailable):
        payouts.send_payouts(ada_key)
    assert payment_states(ada_key) == [("begun", 1000)]
    assert ledger.read_balances(ada_key) == {"EUR": 0}
    provider.fails = ""
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert read_paid_out(id_) == 1000
    assert set(provider.payouts) == {(id_, 1000)}, "each call sends the same total"
    assert payment_states(ada_key) == [("paid", 1000)]


def test_a_payment_takes_no_second_payout_before_the_first_is_done(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two processes could send the provider different totals."""
    id_ = complete_top_up(ada_key, 1000)
    ride_id = charge_ride(ada_key, 600)
    provider = use_unreliable_provider(app, monkeypatch)
    assert pay_out(ada_key) == 400
    refund_ride(ada_key, ride_id, 300)
    assert read_payout_amounts(ada_key) == {}
    payouts.send_payouts(ada_key)
    assert pay_out(ada_key) == 300
    payouts.send_payouts(ada_key)
    assert provider.payouts == [(id_, 400), (id_, 700)]


def test_a_delayed_payout_call_does_not_finish_a_later_payout(ada_key: RowKey) -> None:
    id_ = complete_top_up(ada_key, 1000)
    ride_id = charge_ride(ada_key, 600)
    pay_out(ada_key)
    late = load_payment(ada_key, id_)
    payouts.send_payouts(ada_key)
    refund_ride(ada_key, ride_id, 300)
    pay_out(ada_key)
    payouts.send_payout(late)
    assert payment_states(ada_key) == [("begun", 700)], "the second payout is still pending"


def test_the_provider_ignores_a_smaller_payout_total(app: Flask, ada_key: RowKey) -> None:
    payment = load_payment(ada_key, complete_top_up(ada_key, 1000))
    for total in (700, 400):
        app.extensions[PROVIDER].pay_out(payment, total)
    assert read_paid_out(payment.id) == 700


def test_a_payment_with_a_pending_payout_counts_as_paid(ada_key: RowKey) -> None:
    id_ = complete_top_up(ada_key, 1000)
    pay_out(ada_key)
    assert payments.settle_payment(load_payment(ada_key, id_)) == "paid"
    assert ledger.read_balances(ada_key) == {"EUR": 0}


def test_rides_use_paid_in_money_before_credit(ada_key: RowKey) -> None:
    """20.00 paid in, 4.36 ridden, 30.00 credit: 15.64 comes back, and the credit stays."""
    complete_top_up(ada_key, 2000)
    charge(ada_key, 436)
    give_credit(ada_key, 3000)
    assert read_payout_amounts(ada_key) == {"EUR": 1564}
    assert pay_out(ada_key) == 1564
    assert ledger.read_balances(ada_key) == {"EUR": 3000}


def test_a_ride_for_credit_leaves_later_top_ups_whole(ada_key: RowKey) -> None:
    give_credit(ada_key, 3000)
    charge(ada_key, 2500)
    complete_top_up(ada_key, 2000)
    assert read_payout_amounts(ada_key) == {"EUR": 2000}
    charge(ada_key, 100)
    assert read_payout_amounts(ada_key) == {"EUR": 1900}


def test_a_top_up_and_credit_pay_a_debt_first(ada_key: RowKey) -> None:
    charge(ada_key, 1000)
    complete_top_up(ada_key, 2000)
    give_credit(ada_key, 500)
    assert read_payout_amounts(ada_key) == {"EUR": 1000}
    charge(ada_key, 2000)
    give_credit(ada_key, 1500)
    complete_top_up(ada_key, 700)
    assert read_payout_amounts(ada_key) == {"EUR": 700}


def test_a_refund_of_a_ride_for_credit_does_not_become_money(ada_key: RowKey) -> None:
    complete_top_up(ada_key, 2000)
    paid_ride = charge_ride(ada_key, 2000)
    give_credit(ada_key, 3000)
    credit_ride = charge_ride(ada_key, 2000)
    refund_ride(ada_key, credit_ride, 2000)
    assert read_payout_amounts(ada_key) == {}
    refund_ride(ada_key, paid_ride, 400)
    assert read_payout_amounts(ada_key) == {"EUR": 400}
