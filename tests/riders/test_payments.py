"""Top-ups and payouts: whatever fails, no money is lost and none is booked twice."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import age_rows, read_audit_events
from tests.factories import UserFactory
from tests.riders.steps import make_profile
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    charge,
    complete_top_up,
    give_credit,
    load_payment,
    pay_out,
    payment_states,
    start_top_up,
    use_unreliable_provider,
)
from webapp import create_app
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import save_profile
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import reservation_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider import close_checkout, read_paid_out
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.provider import (
    PROVIDER,
    DisabledProvider,
    NoProvider,
    ProviderUnavailable,
)
from webapp.riders.wallet.queries import payments as payment_queries
from webapp.riders.wallet.queries.payments import find_payment, read_payout_amounts
from webapp.riders.wallet.services import payments, payouts
from webapp.riders.wallet.services.closing import BalanceNotPaidOut, DebtNotPaid, PaymentPending
from webapp.riders.wallet.services.payouts import NothingToPayOut

pytestmark = pytest.mark.usefixtures("empty_provider", "app_context")


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    return make_user("ada", "paris").key


def run(app: Flask, command: str) -> Result:
    """Run a command of ``flask wallet``."""
    return app.test_cli_runner().invoke(args=["wallet", *command.split()])


# --- top-ups -----------------------------------------------------------------------------------


def test_a_paid_top_up_has_a_ledger_entry_and_an_audit_event(app: Flask, ada: RowKey) -> None:
    complete_top_up(ada, 1000)
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert payment_states(ada) == [("paid", 0)]
    (audit_event,) = read_audit_events(app, AuditKind.TOPPED_UP)
    assert (audit_event.actor, audit_event.subject) == (ada, audit_subject("account", ada))
    assert audit_event.details == {"amount": 1000, "currency": "EUR"}


def test_settling_a_payment_again_changes_nothing(app: Flask, ada: RowKey) -> None:
    before = load_payment(ada, start_top_up(ada))
    close_checkout(before.id, PaymentState.PAID)
    assert [payments.settle_payment(before) for _ in range(3)] == ["paid"] * 3
    assert payments.settle_payment(load_payment(ada, before.id)) == "paid"
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert len(read_audit_events(app, AuditKind.TOPPED_UP)) == 1


def test_a_failed_payment_has_no_ledger_entry(app: Flask, ada: RowKey) -> None:
    id_ = start_top_up(ada)
    assert payments.settle_payment(load_payment(ada, id_)) == "begun"
    close_checkout(id_, PaymentState.FAILED)
    assert payments.settle_payment(load_payment(ada, id_)) == "failed"
    assert (ledger.read_balances(ada), payment_states(ada), read_audit_events(app)) == (
        {},
        [("failed", 0)],
        [],
    )


def test_the_final_state_of_a_checkout_never_changes() -> None:
    id_ = uuid4()
    assert close_checkout(id_, PaymentState.FAILED) == "failed"
    assert close_checkout(id_, PaymentState.PAID) == "failed"


def test_the_payment_of_another_rider_is_not_found(ada: RowKey, make_user: UserFactory) -> None:
    with pytest.raises(NotFound):
        find_payment(make_user("bob", "paris").key, start_top_up(ada))


def test_a_deleted_account_cannot_start_a_payment(ada: RowKey) -> None:
    with pytest.raises(NotFound):
        start_top_up(RowKey(ada.region, uuid4()))


# --- failures ---------------------------------------------------------------------------


def test_the_command_settles_payments_of_riders_who_never_came_back(
    app: Flask, ada: RowKey
) -> None:
    """The rider closes the browser, or the server stops between provider and database."""
    close_checkout(start_top_up(ada), PaymentState.PAID)
    assert run(app, "settle").output == "1 paid, 0 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert [each.actor for each in read_audit_events(app, AuditKind.TOPPED_UP)] == [ada]


def test_a_payment_unknown_to_the_provider_is_pending_and_then_expires(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_unreliable_provider(app, monkeypatch).fails = "before"
    with pytest.raises(ProviderUnavailable):
        start_top_up(ada)
    monkeypatch.undo()
    assert run(app, "settle").output == "0 paid, 0 failed, 1 pending, 0 paid out\n"
    age_rows(app, Payment, "created_at", timedelta(hours=2))
    assert run(app, "settle").output == "0 paid, 1 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada) == {}


@pytest.mark.parametrize("fails", ["before", "after"])
def test_payments_stay_pending_while_the_provider_is_unavailable(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    id_ = start_top_up(ada)
    close_checkout(id_, PaymentState.PAID)
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = fails
    with pytest.raises(ProviderUnavailable):
        payments.settle_payment(load_payment(ada, id_))
    result = run(app, "settle")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The provider does not answer. Try again later.\n",
    )
    assert payment_states(ada) == [("begun", 0)]
    provider.fails = ""
    assert run(app, "settle").exit_code == 0
    assert ledger.read_balances(ada) == {"EUR": 1000}


def test_pending_payments_are_read_in_batches_from_every_region(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_queries, "BATCH", 2)
    for city in ("paris", "seattle", "paris", "boston", "paris", "paris", "paris"):
        start_top_up(make_user(city=city).key)
    assert run(app, "settle").output == "0 paid, 0 failed, 7 pending, 0 paid out\n"


def test_payments_of_another_provider_are_not_settled(app: Flask, ada: RowKey) -> None:
    start_top_up(ada)
    with db.engines["write"].begin() as connection:
        connection.execute(update(Payment).values(provider="other"))
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"


def test_without_a_provider_no_payment_starts(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(NoProvider):
        start_top_up(ada)
    assert payment_states(ada) == []


def test_production_has_no_provider_by_default_and_refuses_the_fake_one() -> None:
    import config
    from tests.surface.test_config import GOOD

    assert create_app(config.Production, **GOOD).extensions[PROVIDER].name == ""
    with pytest.raises(config.ConfigurationError, match="PAYMENT_PROVIDER"):
        create_app(config.Production, **GOOD, PAYMENT_PROVIDER="test")


# --- payouts -------------------------------------------------------------------------------------


def test_a_payout_is_spread_over_the_newest_payments_first(app: Flask, ada: RowKey) -> None:
    old, middle, new = (
        complete_top_up(ada, 1000),
        complete_top_up(ada, 500),
        complete_top_up(ada, 300),
    )
    charge(ada, 900)
    give_credit(ada, 100)
    assert read_payout_amounts(ada) == {"EUR": 1000}
    assert pay_out(ada) == 1000
    payouts.send_payouts(ada)
    assert [read_paid_out(id_) for id_ in (old, middle, new)] == [200, 500, 300]
    assert payment_states(ada) == [("paid", 200), ("paid", 500), ("paid", 300)]
    assert ledger.read_balances(ada) == {"EUR": 0}
    (audit_event,) = read_audit_events(app, AuditKind.PAID_OUT)
    assert (audit_event.actor, audit_event.details) == (ada, {"amount": 1000, "currency": "EUR"})


def test_credit_is_never_paid_out(ada: RowKey) -> None:
    give_credit(ada, 700)
    with pytest.raises(NothingToPayOut):
        pay_out(ada)
    complete_top_up(ada, 300)
    assert pay_out(ada) == 300
    assert ledger.read_balances(ada) == {"EUR": 700}


def test_each_currency_is_paid_out_separately(ada: RowKey) -> None:
    complete_top_up(ada, 1000, "EUR")
    complete_top_up(ada, 400, "USD")
    charge(ada, 300, "USD")
    assert pay_out(ada, "USD") == 100
    assert read_payout_amounts(ada) == {"EUR": 1000}


def test_one_nonce_books_one_payout(app: Flask, ada: RowKey) -> None:
    nonce = uuid4()
    complete_top_up(ada, 1000)
    assert pay_out(ada, nonce=nonce) == 1000
    complete_top_up(ada, 500)
    assert pay_out(ada, nonce=nonce) == 0
    assert ledger.read_balances(ada) == {"EUR": 500}
    assert len(read_audit_events(app, AuditKind.PAID_OUT)) == 1


def test_money_that_was_paid_out_cannot_be_paid_out_again(ada: RowKey) -> None:
    complete_top_up(ada, 1000)
    pay_out(ada)
    payouts.send_payouts(ada)
    give_credit(ada, 5000)
    assert read_payout_amounts(ada) == {}


@pytest.mark.parametrize("fails", ["before", "after"])
def test_a_payout_interrupted_after_booking_is_paid_once(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    id_ = complete_top_up(ada, 1000)
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = fails
    pay_out(ada)
    with pytest.raises(ProviderUnavailable):
        payouts.send_payouts(ada)
    assert payment_states(ada) == [("begun", 1000)]
    assert ledger.read_balances(ada) == {"EUR": 0}
    provider.fails = ""
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert read_paid_out(id_) == 1000
    assert set(provider.payouts) == {(id_, 1000)}, "each call sends the same total"
    assert payment_states(ada) == [("paid", 1000)]


def test_a_payment_takes_no_second_payout_before_the_first_is_done(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two processes could send the provider different totals."""
    id_ = complete_top_up(ada, 1000)
    charge(ada, 600)
    provider = use_unreliable_provider(app, monkeypatch)
    assert pay_out(ada) == 400
    give_credit(ada, 300)  # a refund, say
    assert read_payout_amounts(ada) == {}
    payouts.send_payouts(ada)
    assert pay_out(ada) == 300
    payouts.send_payouts(ada)
    assert provider.payouts == [(id_, 400), (id_, 700)]


def test_a_delayed_payout_call_does_not_finish_a_later_payout(ada: RowKey) -> None:
    id_ = complete_top_up(ada, 1000)
    charge(ada, 600)
    pay_out(ada)
    late = load_payment(ada, id_)
    payouts.send_payouts(ada)
    give_credit(ada, 300)
    pay_out(ada)
    payouts.send_payout(late)
    assert payment_states(ada) == [("begun", 700)], "the second payout is still pending"


def test_the_provider_ignores_a_smaller_payout_total(app: Flask, ada: RowKey) -> None:
    found = load_payment(ada, complete_top_up(ada, 1000))
    for total in (700, 400):
        app.extensions[PROVIDER].pay_out(found, total)
    assert read_paid_out(found.id) == 700


def test_a_payment_with_a_pending_payout_counts_as_paid(ada: RowKey) -> None:
    id_ = complete_top_up(ada, 1000)
    pay_out(ada)
    assert payments.settle_payment(load_payment(ada, id_)) == "paid"
    assert ledger.read_balances(ada) == {"EUR": 0}


# --- moves and account deletion --------------------------------------------------------------------------


def move_to_city(rider_key: RowKey, city: str) -> RowKey:
    return save_profile(rider_key, make_profile(city))


def read_regions(model: type[Any]) -> set[str]:
    return set(db.session.scalars(select(model.region)))


def test_the_wallet_moves_with_its_rider(app: Flask, ada: RowKey) -> None:
    complete_top_up(ada, 1000)
    open_ = start_top_up(ada, 500)
    close_checkout(open_, PaymentState.PAID)
    there = move_to_city(ada, "seattle")
    assert (
        read_regions(WalletEntry)
        == read_regions(WalletLine)
        == read_regions(Payment)
        == {"us-west1"}
    )
    assert (ledger.read_balances(ada), ledger.read_balances(there)) == ({}, {"EUR": 1000})
    assert payments.settle_payment(load_payment(there, open_)) == "paid"
    assert ledger.read_balances(there) == {"EUR": 1500}
    assert pay_out(there) == 1500
    assert move_to_city(there, "paris") == ada
    payouts.send_payouts(ada)
    assert payment_states(ada) == [("paid", 1000), ("paid", 500)]


def test_an_entry_written_before_a_move_is_not_written_again_after_it(ada: RowKey) -> None:
    entry = reservation_entry(ada, uuid4(), "EUR", 320, 0)
    run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    there = move_to_city(ada, "seattle")
    with pytest.raises(Exception, match="fk_wallet_entries_users"):
        run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    assert ledger.read_balances(there) == {"EUR": -320}


def delete_user(rider_key: RowKey) -> None:
    delete_account(db.session.get_one(User, tuple(rider_key)))


def test_an_account_with_a_debt_cannot_be_deleted(ada: RowKey) -> None:
    complete_top_up(ada, 1000)
    pay_out(ada)
    charge(ada, 1, "USD")
    with pytest.raises(DebtNotPaid):
        delete_user(ada)


def test_without_a_provider_a_debt_is_waived_when_the_account_is_deleted(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    charge(ada, 400)
    delete_user(ada)
    assert ledger.read_balances(ada) == {}
    assert run(app, "audit").output == "The ledger is consistent.\n"


def test_without_a_provider_unused_top_ups_still_block_deletion(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete_top_up(ada, 1000)
    charge(ada, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada)


def test_a_rider_in_debt_in_one_currency_keeps_the_balance_in_another(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete_top_up(ada, 1000)
    charge(ada, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada)


def test_unused_top_ups_block_account_deletion(ada: RowKey) -> None:
    complete_top_up(ada, 1000)
    charge(ada, 900)
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada)
    pay_out(ada)
    payouts.send_payouts(ada)
    delete_user(ada)


def test_a_pending_payment_blocks_account_deletion(app: Flask, ada: RowKey) -> None:
    id_ = start_top_up(ada)
    with pytest.raises(PaymentPending):
        delete_user(ada)
    close_checkout(id_, PaymentState.FAILED)
    payments.settle_payment(load_payment(ada, id_))
    delete_user(ada)


def test_the_ledger_of_a_deleted_account_has_no_person_and_still_balances(
    app: Flask, ada: RowKey
) -> None:
    complete_top_up(ada, 1000)
    charge(ada, 400)
    give_credit(ada, 250)
    assert pay_out(ada) == 850, "rides use credit first"
    payouts.send_payouts(ada)
    delete_user(ada)
    for model in (WalletEntry, WalletLine, Payment):
        assert set(db.session.scalars(select(model.rider_id))) == {None}
    assert_consistent_ledger()
    assert run(app, "audit").output == "The ledger is consistent.\n"


def test_unused_credit_is_taken_back_when_an_account_is_deleted(app: Flask, ada: RowKey) -> None:
    give_credit(ada, 250)
    delete_user(ada)
    sums = select(WalletLine.account, func.sum(WalletLine.amount)).group_by(WalletLine.account)
    assert {amount for _, amount in db.session.execute(sums)} == {0}


def test_a_pending_payout_blocks_account_deletion(app: Flask, ada: RowKey) -> None:
    """A refund in the meantime can be paid out only after it."""
    id_ = complete_top_up(ada, 1000)
    charge(ada, 600)
    pay_out(ada)
    give_credit(ada, 300)  # a refund, say
    with pytest.raises(PaymentPending):
        delete_user(ada)
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    with pytest.raises(BalanceNotPaidOut):
        delete_user(ada)
    pay_out(ada)
    payouts.send_payouts(ada)
    delete_user(ada)
    assert read_paid_out(id_) == 700


# --- commands ----------------------------------------------------------------------------


def test_commands_give_credit_and_print_balances(app: Flask, ada: RowKey) -> None:
    assert run(app, "balance ada").output == "No entries yet.\n"
    assert run(app, "credit ada 2.50 eur").output == "ada has €2.50 more.\n"
    charge(ada, 300, "USD")
    assert run(app, "balance ada@example.org").output == "2.50 EUR\n-3.00 USD\n"
    (letter,) = app.extensions["mailman"].outbox
    assert (letter.to, letter.subject) == (["ada@example.org"], "€2.50 from us")
    assert "Why:" not in letter.body
    (audit_event,) = read_audit_events(app, AuditKind.CREDIT_GIVEN)
    assert (audit_event.actor, audit_event.subject) == (None, audit_subject("account", ada))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("credit ada 0.555 EUR", "smallest"),
        ("credit ada two EUR", "no amount"),
        ("credit ada 0 EUR", "more than nothing"),
        ("credit ada 1 XXX", "no currency 'XXX'; say EUR or USD"),
        ("credit ada 1 JPY", "no currency"),
        ("credit nobody 1 EUR", "no account"),
        ("balance nobody", "no account"),
    ],
)
def test_commands_print_errors_in_one_line(
    app: Flask, ada: RowKey, command: str, words: str
) -> None:
    result = run(app, command)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
    assert words in result.output
