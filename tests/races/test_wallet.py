"""Concurrent payments: each is recorded once and paid out once, and the ledger is consistent."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import read_audit_events
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.races.steps import ROUNDS, of_type
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    charge,
    complete_top_up,
    load_payment,
    pay_out,
    payment_states,
    start_top_up,
    use_unreliable_provider,
)
from tests.threads import run_together
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.geography import Place, Point
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider.checkouts import close_checkout, read_paid_out
from webapp.riders.wallet.services import credits, payments, payouts
from webapp.riders.wallet.services.closing import BalanceNotPaidOut, DebtNotPaid, PaymentPending
from webapp.riders.wallet.services.payouts import NothingToPayOut
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

HERE = Place("here", Point(48.8566, 2.3522))


@pytest.fixture(autouse=True)
def app_context(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with app.app_context():
        yield
        assert_consistent_ledger()


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    return make_user("ada", "paris").key


def test_concurrent_settlements_record_one_top_up(app: Flask, ada: RowKey) -> None:
    payment = load_payment(ada, start_top_up(ada))
    close_checkout(payment.id, PaymentState.PAID)
    settle = app.test_cli_runner().invoke
    calls = [partial(payments.settle_payment, payment)] * 9 + [
        partial(settle, args=["wallet", "settle"])
    ]
    results = run_together(app, *calls)
    assert results[:9] == [PaymentState.PAID] * 9
    assert results[9].exit_code == 0, results[9].output
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert len(read_audit_events(app, AuditKind.TOPPED_UP)) == 1


def test_concurrent_pay_and_cancel_have_one_result(app: Flask, ada: RowKey) -> None:
    for _ in range(ROUNDS):
        id_ = start_top_up(ada)
        results = run_together(
            app,
            *(
                partial(close_checkout, id_, state)
                for state in (PaymentState.PAID, PaymentState.FAILED)
            ),
        )
        assert results[0] is results[1]


def test_concurrent_payouts_record_one(
    app: Flask, ada: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = use_unreliable_provider(app, monkeypatch)
    ids = [complete_top_up(ada, 1000) for _ in range(3)]
    charge(ada, 500)
    results = run_together(app, *[partial(pay_out, ada)] * 6)
    assert of_type(results, int) == [2500]
    assert len(of_type(results, NothingToPayOut)) == 5
    run_together(app, *[partial(payouts.send_payouts, ada)] * 4)
    assert sorted(read_paid_out(id_) for id_ in ids) == [500, 1000, 1000]
    assert len(set(provider.payouts)) == 3, "one total was sent for each payment"
    assert {state for state, _ in payment_states(ada)} == {"paid"}


def test_one_form_sent_concurrently_pays_out_once(app: Flask, ada: RowKey) -> None:
    for _ in range(ROUNDS):
        complete_top_up(ada, 1000)
        results = run_together(app, *[partial(pay_out, ada, nonce=uuid4())] * 2)
        assert sorted(of_type(results, int)) == [0, 1000], results
        payouts.send_payouts(ada)


def test_a_payout_and_a_concurrent_charge_never_pay_out_used_money(app: Flask, ada: RowKey) -> None:
    for _ in range(ROUNDS):
        complete_top_up(ada, 1000)
        before = ledger.read_balances(ada)["EUR"]
        results = run_together(app, partial(pay_out, ada), partial(charge, ada, 300))
        assert not [each for each in results if isinstance(each, Exception)], results
        assert ledger.read_balances(ada)["EUR"] == before - 300 - results[0]
        payouts.send_payouts(ada)


def test_one_credit_sent_concurrently_is_given_once(app: Flask, ada: RowKey) -> None:
    user = db.session.get_one(User, tuple(ada))
    credit = credits.Credit(250, "EUR", "Sorry", uuid4())
    run_together(app, *[partial(credits.give_credit_as_operator, user, credit)] * 4)
    assert ledger.read_balances(ada) == {"EUR": 250}
    assert len(read_audit_events(app, AuditKind.CREDIT_CHANGED)) == len(read_mails(app)) == 1


@pytest.mark.parametrize("action", ["charge", "begin"])
def test_deletion_during_a_charge_or_payment_happens_before_it_or_not_at_all(
    app: Flask, make_user: UserFactory, action: str
) -> None:
    refused, deleted = 0, 0
    for number in range(ROUNDS):
        user = make_user(f"ada{number}", "paris")
        actions: dict[str, Callable[[], object]] = {
            "charge": partial(charge, user.key, 300),
            "begin": partial(payments.start_payment, user.key, payments.TopUp(1000, "EUR"), str),
        }
        deletion, result = run_together(app, partial(delete_account, user), actions[action])
        assert deletion is None or isinstance(
            deletion, (DebtNotPaid, BalanceNotPaidOut, PaymentPending)
        ), deletion
        exists = db.session.scalar(select(User.id).where(User.id == user.id)) is not None
        assert exists == (deletion is not None)
        if deletion is None:
            assert isinstance(result, Exception), "no money moves for a deleted account"
            assert isinstance(result, NotFound) or "fk_wallet_entries_users" in str(result), result
        refused, deleted = refused + exists, deleted + (not exists)
    assert refused + deleted == ROUNDS


def test_a_payout_and_the_concurrent_end_of_a_ride_leave_no_debt(
    app: Flask, ada: RowKey, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan("paris", currency="EUR", unlock_fee=436)
    for _ in range(ROUNDS):
        complete_top_up(ada, 1000)
        ride_key = start_ride(ada, make_vehicle("paris").public_key)
        end = partial(end_ride, ada, ride_key, HERE)
        results = run_together(app, partial(pay_out, ada), end, partial(pay_out, ada))
        assert results[1] is None, results
        paid_out = sum(of_type(results, int))
        assert paid_out in (0, 564), results
        assert ledger.read_balances(ada) == {"EUR": 564 - paid_out}
        if not paid_out:
            pay_out(ada)
        payouts.send_payouts(ada)
