"""Paying in and having it paid out: whatever breaks off, nothing is lost and nothing comes twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from tests.auth.steps import let_pass, trail
from tests.riders.money import (
    begin,
    books_hold,
    charge,
    give,
    moody,
    pay_in,
    pay_out,
    payment,
    states,
)
from webapp import create_app
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
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


@pytest.fixture(autouse=True)
def inside(app, tmp_path, monkeypatch):
    """With a provider that remembers nothing yet, and no request. In the end the books hold."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with app.app_context():
        yield app
        books_hold()


@pytest.fixture
def ada(make_user):
    return make_user("ada", "paris").key


def run(app, command):
    return app.test_cli_runner().invoke(args=["wallet", *command.split()])


# --- paying in ---------------------------------------------------------------------------------


def test_what_was_paid_is_in_the_books_and_in_the_trail(app, ada):
    pay_in(ada, 1000)
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert states(ada) == [("paid", 0)]
    (told,) = trail(app, AuditKind.TOPPED_UP)
    assert (told.actor, told.subject) == (ada, audit_subject("account", ada))
    assert told.details == {"amount": 1000, "currency": "EUR"}


def test_it_comes_in_once_however_often_the_provider_is_asked(app, ada):
    before = payment(ada, begin(ada))
    close_checkout(before.id, PaymentState.PAID)
    assert [payments.settle_payment(before) for _ in range(3)] == ["paid"] * 3
    assert payments.settle_payment(payment(ada, before.id)) == "paid"
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert len(trail(app, AuditKind.TOPPED_UP)) == 1


def test_what_was_not_paid_moves_nothing(app, ada):
    id_ = begin(ada)
    assert payments.settle_payment(payment(ada, id_)) == "begun"
    close_checkout(id_, PaymentState.FAILED)
    assert payments.settle_payment(payment(ada, id_)) == "failed"
    assert (ledger.read_balances(ada), states(ada), trail(app)) == ({}, [("failed", 0)], [])


def test_a_decision_is_final():
    id_ = uuid4()
    assert close_checkout(id_, PaymentState.FAILED) == "failed"
    assert close_checkout(id_, PaymentState.PAID) == "failed"


def test_the_payment_of_another_is_not_found(ada, make_user):
    with pytest.raises(NotFound):
        find_payment(make_user("bob", "paris").key, begin(ada))


def test_who_has_just_gone_pays_nothing(ada):
    with pytest.raises(NotFound):
        begin(RowKey(ada.region, uuid4()))


# --- what breaks off ---------------------------------------------------------------------------


def test_who_pays_and_never_comes_back_has_paid_all_the_same(app, ada):
    """The browser is closed, or we die between the provider and the database."""
    close_checkout(begin(ada), PaymentState.PAID)
    assert run(app, "settle").output == "1 paid, 0 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert [each.actor for each in trail(app, AuditKind.TOPPED_UP)] == [ada]


def test_a_payment_that_the_provider_never_heard_of_is_open_and_then_lapses(app, ada, monkeypatch):
    moody(app, monkeypatch).breaks = "before"
    with pytest.raises(ProviderUnavailable):
        begin(ada)
    monkeypatch.undo()
    assert run(app, "settle").output == "0 paid, 0 failed, 1 pending, 0 paid out\n"
    let_pass(app, Payment, "created_at", timedelta(hours=2))
    assert run(app, "settle").output == "0 paid, 1 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada) == {}


@pytest.mark.parametrize("breaks", ["before", "after"])
def test_while_the_provider_is_away_nothing_is_decided(app, ada, monkeypatch, breaks):
    id_ = begin(ada)
    close_checkout(id_, PaymentState.PAID)
    line = moody(app, monkeypatch)
    line.breaks = breaks
    with pytest.raises(ProviderUnavailable):
        payments.settle_payment(payment(ada, id_))
    result = run(app, "settle")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The provider does not answer. Try again later.\n",
    )
    assert states(ada) == [("begun", 0)]
    line.breaks = ""
    assert run(app, "settle").exit_code == 0
    assert ledger.read_balances(ada) == {"EUR": 1000}


def test_all_that_is_open_is_asked_for_in_batches_and_in_every_region(app, make_user, monkeypatch):
    monkeypatch.setattr(payment_queries, "BATCH", 2)
    for city in ("paris", "seattle", "paris", "boston", "paris", "paris", "paris"):
        begin(make_user(city=city).key)
    assert run(app, "settle").output == "0 paid, 0 failed, 7 pending, 0 paid out\n"


def test_payments_of_another_provider_are_left_alone(app, ada):
    begin(ada)
    with db.engines["write"].begin() as connection:
        connection.execute(update(Payment).values(provider="other"))
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"


def test_without_a_provider_nothing_can_be_paid_in(app, ada, monkeypatch):
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(NoProvider):
        begin(ada)
    assert states(ada) == []


def test_production_has_no_provider_until_one_is_set_and_never_the_tests():
    import config
    from tests.surface.test_config import GOOD

    assert create_app(config.Production, **GOOD).extensions[PROVIDER].name == ""
    with pytest.raises(config.ConfigurationError, match="PAYMENT_PROVIDER"):
        create_app(config.Production, **GOOD, PAYMENT_PROVIDER="test")


# --- paying out --------------------------------------------------------------------------------


def test_what_is_left_goes_back_the_newest_payment_first(app, ada):
    old, middle, new = pay_in(ada, 1000), pay_in(ada, 500), pay_in(ada, 300)
    charge(ada, 900)
    give(ada, 100)
    assert read_payout_amounts(ada) == {"EUR": 1000}
    assert pay_out(ada) == 1000
    payouts.send_payouts(ada)
    assert [read_paid_out(id_) for id_ in (old, middle, new)] == [200, 500, 300]
    assert states(ada) == [("paid", 200), ("paid", 500), ("paid", 300)]
    assert ledger.read_balances(ada) == {"EUR": 0}
    (told,) = trail(app, AuditKind.PAID_OUT)
    assert (told.actor, told.details) == (ada, {"amount": 1000, "currency": "EUR"})


def test_credit_is_never_paid_out(ada):
    give(ada, 700)
    with pytest.raises(NothingToPayOut):
        pay_out(ada)
    pay_in(ada, 300)
    assert pay_out(ada) == 300
    assert ledger.read_balances(ada) == {"EUR": 700}


def test_each_currency_is_paid_out_by_itself(ada):
    pay_in(ada, 1000, "EUR")
    pay_in(ada, 400, "USD")
    charge(ada, 300, "USD")
    assert pay_out(ada, "USD") == 100
    assert read_payout_amounts(ada) == {"EUR": 1000}


def test_one_form_pays_out_once(app, ada):
    nonce = uuid4()
    pay_in(ada, 1000)
    assert pay_out(ada, nonce=nonce) == 1000
    pay_in(ada, 500)
    assert pay_out(ada, nonce=nonce) == 0
    assert ledger.read_balances(ada) == {"EUR": 500}
    assert len(trail(app, AuditKind.PAID_OUT)) == 1


def test_what_is_paid_back_stays_so(ada):
    pay_in(ada, 1000)
    pay_out(ada)
    payouts.send_payouts(ada)
    give(ada, 5000)
    assert read_payout_amounts(ada) == {}


@pytest.mark.parametrize("breaks", ["before", "after"])
def test_a_crash_after_the_booking_pays_once_in_the_end(app, ada, monkeypatch, breaks):
    id_ = pay_in(ada, 1000)
    line = moody(app, monkeypatch)
    line.breaks = breaks
    pay_out(ada)
    with pytest.raises(ProviderUnavailable):
        payouts.send_payouts(ada)
    assert states(ada) == [("begun", 1000)]
    assert ledger.read_balances(ada) == {"EUR": 0}
    line.breaks = ""
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert read_paid_out(id_) == 1000
    assert set(line.told) == {(id_, 1000)}, "each time the same words"
    assert states(ada) == [("paid", 1000)]


def test_of_what_is_on_its_way_back_nothing_more_is_ordered_before_it_is_there(
    app, ada, monkeypatch
):
    """Else two who tell the provider could each tell another number."""
    id_ = pay_in(ada, 1000)
    charge(ada, 600)
    line = moody(app, monkeypatch)
    assert pay_out(ada) == 400
    give(ada, 300)  # a refund, say
    assert read_payout_amounts(ada) == {}
    payouts.send_payouts(ada)
    assert pay_out(ada) == 300
    payouts.send_payouts(ada)
    assert line.told == [(id_, 400), (id_, 700)]


def test_a_late_teller_undoes_nothing(ada):
    id_ = pay_in(ada, 1000)
    charge(ada, 600)
    pay_out(ada)
    late = payment(ada, id_)
    payouts.send_payouts(ada)
    give(ada, 300)
    pay_out(ada)
    payouts.send_payout(late)
    assert states(ada) == [("begun", 700)], "the second is still to be told"


def test_a_provider_that_is_told_less_than_before_keeps_to_what_it_was_told(app, ada):
    found = payment(ada, pay_in(ada, 1000))
    for total in (700, 400):
        app.extensions[PROVIDER].pay_out(found, total)
    assert read_paid_out(found.id) == 700


def test_a_payment_that_goes_back_has_come_in(ada):
    id_ = pay_in(ada, 1000)
    pay_out(ada)
    assert payments.settle_payment(payment(ada, id_)) == "paid"
    assert ledger.read_balances(ada) == {"EUR": 0}


# --- moving and leaving --------------------------------------------------------------------------


def move(rider, city):
    profile = ProfileData(catalogue().find(city), "Ada", "Lovelace", "")
    return save_profile(rider, profile)


def regions(model):
    return set(db.session.scalars(select(model.region)))


def test_the_wallet_moves_with_its_rider(app, ada):
    pay_in(ada, 1000)
    open_ = begin(ada, 500)
    close_checkout(open_, PaymentState.PAID)
    there = move(ada, "seattle")
    assert regions(WalletEntry) == regions(WalletLine) == regions(Payment) == {"us-west1"}
    assert (ledger.read_balances(ada), ledger.read_balances(there)) == ({}, {"EUR": 1000})
    assert payments.settle_payment(payment(there, open_)) == "paid"
    assert ledger.read_balances(there) == {"EUR": 1500}
    assert pay_out(there) == 1500
    assert move(there, "paris") == ada
    payouts.send_payouts(ada)
    assert states(ada) == [("paid", 1000), ("paid", 500)]


def test_a_charge_from_before_the_move_is_not_written_again_after_it(ada):
    entry = reservation_entry(ada, uuid4(), "EUR", 320, 0)
    run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    there = move(ada, "seattle")
    with pytest.raises(Exception, match="fk_wallet_entries_users"):
        run_transaction(lambda s: s.execute(ledger.entry_statement(entry)))
    assert ledger.read_balances(there) == {"EUR": -320}


def leave(rider):
    delete_account(db.session.get(User, tuple(rider)))


def test_nobody_leaves_who_owes_something(ada):
    pay_in(ada, 1000)
    pay_out(ada)
    charge(ada, 1, "USD")
    with pytest.raises(DebtNotPaid):
        leave(ada)


def test_who_cannot_pay_leaves_all_the_same_and_the_debt_is_let_go(app, ada, monkeypatch):
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    charge(ada, 400)
    leave(ada)
    assert ledger.read_balances(ada) == {}
    assert run(app, "audit").output == "The ledger is consistent.\n"


def test_who_cannot_pay_leaves_no_money_behind_either(app, ada, monkeypatch):
    pay_in(ada, 1000)
    charge(ada, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        leave(ada)


def test_who_cannot_pay_in_one_currency_leaves_no_money_in_another(app, ada, monkeypatch):
    pay_in(ada, 1000)
    charge(ada, 400, "USD")
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(BalanceNotPaidOut):
        leave(ada)


def test_nobody_leaves_money_behind(ada):
    pay_in(ada, 1000)
    charge(ada, 900)
    with pytest.raises(BalanceNotPaidOut):
        leave(ada)
    pay_out(ada)
    payouts.send_payouts(ada)
    leave(ada)


def test_nobody_leaves_in_the_middle_of_a_payment(app, ada):
    id_ = begin(ada)
    with pytest.raises(PaymentPending):
        leave(ada)
    close_checkout(id_, PaymentState.FAILED)
    payments.settle_payment(payment(ada, id_))
    leave(ada)


def test_the_books_forget_who_leaves_and_balance_still(app, ada):
    pay_in(ada, 1000)
    charge(ada, 400)
    give(ada, 250)
    assert pay_out(ada) == 850, "credit is used up first"
    payouts.send_payouts(ada)
    leave(ada)
    for model in (WalletEntry, WalletLine, Payment):
        assert set(db.session.scalars(select(model.rider_id))) == {None}
    books_hold()
    assert run(app, "audit").output == "The ledger is consistent.\n"


def test_credit_of_who_leaves_goes_back_to_where_it_came_from(app, ada):
    give(ada, 250)
    leave(ada)
    sums = select(WalletLine.account, func.sum(WalletLine.amount)).group_by(WalletLine.account)
    assert {amount for _, amount in db.session.execute(sums)} == {0}


def test_nobody_leaves_before_what_goes_back_is_there(app, ada):
    """A refund that comes meanwhile can go back to the same card only after it."""
    id_ = pay_in(ada, 1000)
    charge(ada, 600)
    pay_out(ada)
    give(ada, 300)  # a refund, say
    with pytest.raises(PaymentPending):
        leave(ada)
    assert run(app, "settle").output == "0 paid, 0 failed, 0 pending, 1 paid out\n"
    with pytest.raises(BalanceNotPaidOut):
        leave(ada)
    pay_out(ada)
    payouts.send_payouts(ada)
    leave(ada)
    assert read_paid_out(id_) == 700


# --- the command line ----------------------------------------------------------------------------


def test_the_command_line_gives_credit_and_tells_balances(app, ada):
    assert run(app, "balance ada").output == "No entries yet.\n"
    assert run(app, "credit ada 2.50 eur").output == "ada has €2.50 more.\n"
    charge(ada, 300, "USD")
    assert run(app, "balance ada@example.org").output == "2.50 EUR\n-3.00 USD\n"
    (letter,) = app.extensions["mailman"].outbox
    assert (letter.to, letter.subject) == (["ada@example.org"], "€2.50 from us")
    assert "Why:" not in letter.body
    (told,) = trail(app, AuditKind.CREDIT_GIVEN)
    assert (told.actor, told.subject) == (None, audit_subject("account", ada))


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
def test_the_command_line_refuses_in_one_line(app, ada, command, words):
    result = run(app, command)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
    assert words in result.output
