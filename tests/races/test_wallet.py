"""Money at the same time: whoever is faster, it comes in once, goes out once, and the books hold."""

from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.auth.steps import letters, trail
from tests.riders.money import (
    begin,
    books_hold,
    charge,
    moody,
    pay_in,
    pay_out,
    payment,
    states,
)
from tests.together import together
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider import close_checkout, read_paid_out
from webapp.riders.wallet.services import credits, payments, payouts
from webapp.riders.wallet.services.closing import BalanceNotPaidOut, DebtNotPaid, PaymentPending
from webapp.riders.wallet.services.payouts import NothingToPayOut

#: A race of two is run this often, for both to win sometimes.
ROUNDS = 6


@pytest.fixture(autouse=True)
def inside(app, tmp_path, monkeypatch):
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with app.app_context():
        yield app
        books_hold()


@pytest.fixture
def ada(make_user):
    return make_user("ada", "paris").key


def of_type(results, type_):
    return [result for result in results if type(result) is type_]


def test_of_many_who_come_back_at_once_one_pays_in(app, ada):
    found = payment(ada, begin(ada))
    close_checkout(found.id, PaymentState.PAID)
    settle = app.test_cli_runner().invoke
    calls = [partial(payments.settle_payment, found)] * 9 + [
        partial(settle, args=["wallet", "settle"])
    ]
    results = together(app, *calls)
    assert results[:9] == [PaymentState.PAID] * 9
    assert results[9].exit_code == 0, results[9].output
    assert ledger.read_balances(ada) == {"EUR": 1000}
    assert len(trail(app, AuditKind.TOPPED_UP)) == 1


def test_pay_and_cancel_at_once_are_one_of_both(app, ada):
    for _ in range(ROUNDS):
        id_ = begin(ada)
        results = together(
            app,
            *(
                partial(close_checkout, id_, state)
                for state in (PaymentState.PAID, PaymentState.FAILED)
            ),
        )
        assert results[0] is results[1]


def test_of_many_who_have_it_paid_out_at_once_one_gets_it(app, ada, monkeypatch):
    line = moody(app, monkeypatch)
    ids = [pay_in(ada, 1000) for _ in range(3)]
    charge(ada, 500)
    results = together(app, *[partial(pay_out, ada)] * 6)
    assert of_type(results, int) == [2500]
    assert len(of_type(results, NothingToPayOut)) == 5
    together(app, *[partial(payouts.send_payouts, ada)] * 4)
    assert sorted(read_paid_out(id_) for id_ in ids) == [500, 1000, 1000]
    assert len(set(line.told)) == 3, "each payment was told one number"
    assert {state for state, _ in states(ada)} == {"paid"}


def test_one_form_sent_twice_at_once_pays_out_once(app, ada):
    for _ in range(ROUNDS):
        pay_in(ada, 1000)
        results = together(app, *[partial(pay_out, ada, nonce=uuid4())] * 2)
        assert sorted(of_type(results, int)) == [0, 1000], results
        payouts.send_payouts(ada)


def test_a_payout_and_a_charge_at_once_never_pay_out_what_is_used(app, ada):
    for _ in range(ROUNDS):
        pay_in(ada, 1000)
        before = ledger.read_balances(ada)["EUR"]
        results = together(app, partial(pay_out, ada), partial(charge, ada, 300))
        assert not [each for each in results if isinstance(each, Exception)], results
        assert ledger.read_balances(ada)["EUR"] == before - 300 - results[0]
        payouts.send_payouts(ada)


def test_one_gift_sent_twice_at_once_is_given_once(app, ada):
    user = db.session.get(User, tuple(ada))
    gift = credits.Credit(250, "EUR", "Sorry", uuid4())
    together(app, *[partial(credits.give_credit_as_operator, user, gift)] * 4)
    assert ledger.read_balances(ada) == {"EUR": 250}
    assert len(trail(app, AuditKind.CREDIT_GIVEN)) == len(letters(app)) == 1


@pytest.mark.parametrize("last", ["charge", "begin"])
def test_who_leaves_while_money_moves_leaves_before_it_or_not_at_all(app, make_user, last):
    refused, gone = 0, 0
    for number in range(ROUNDS):
        user = make_user(f"ada{number}", "paris")
        move = {
            "charge": partial(charge, user.key, 300),
            "begin": partial(payments.start_payment, user.key, payments.TopUp(1000, "EUR"), str),
        }[last]
        left, moved = together(app, partial(delete_account, user), move)
        assert left is None or isinstance(left, (DebtNotPaid, BalanceNotPaidOut, PaymentPending)), (
            left
        )
        is_there = db.session.scalar(select(User.id).where(User.id == user.id)) is not None
        assert is_there == (left is not None)
        if left is None:
            assert isinstance(moved, Exception), "nothing moves for nobody"
            assert isinstance(moved, NotFound) or "fk_wallet_entries_users" in str(moved), moved
        refused, gone = refused + is_there, gone + (not is_there)
    assert refused + gone == ROUNDS
