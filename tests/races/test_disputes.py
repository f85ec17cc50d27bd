"""Concurrent messages and refunds: nothing is stored twice, and no more is refunded than was paid."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from flask import Flask

from tests.factories import PlanFactory, RowReader, UserFactory, find_city
from tests.job_steps import run_jobs
from tests.ledger_audit import check_ledger
from tests.races.interleaving import Step, interleave
from tests.races.steps import ROUNDS, count_rows, of_type
from tests.riders.wallet_steps import assert_consistent_ledger, charge, give_credit
from tests.rides.steps import PRICE, MakeEndedRide
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.slices import set_null_in_slices
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.riders.wallet import ledger
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.disputes.queries import find_case
from webapp.rides.disputes.services import DisputeClosed, write_message
from webapp.rides.disputes.staff_services import (
    DisputeAnswer,
    DisputeChanged,
    RefundTooLarge,
    answer_dispute,
)
from webapp.rides.models import Ride


@pytest.fixture(autouse=True)
def _many_messages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_DISPUTES", (1000, 60))


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    return make_user("ada").key


@pytest.fixture
def ride(ada: RowKey, make_ended_ride: MakeEndedRide, make_plan: PlanFactory) -> RowKey:
    """A ride that cost $3.50, and that Ada has asked about."""
    make_plan(**PRICE)
    key = make_ended_ride(ada)
    write_message(ada, key, "first", "Too much.")
    return key


@pytest.fixture
def colleagues(make_user: UserFactory) -> list[User]:
    return [make_user(roles=["fleet"]) for _ in range(5)]


def answer_calls(
    colleagues: list[User], ride: RowKey, answer: DisputeAnswer, nonce: str = "1"
) -> list[Callable[[], None]]:
    """Return the call of each colleague who has the page open."""
    cases = [find_case(user, ride) for user in colleagues]
    return [
        partial(answer_dispute, user.key, case, case.dispute.changed_at, nonce, answer)
        for user, case in zip(colleagues, cases, strict=True)
    ]


def test_of_five_concurrent_refunds_one_is_made(
    app: Flask, ada: RowKey, ride: RowKey, colleagues: list[User], row: RowReader
) -> None:
    results = run_together(
        app, *answer_calls(colleagues, ride, DisputeAnswer("Sorry.", refund=200))
    )
    assert len(of_type(results, DisputeChanged)) == 4
    assert results.count(None) == 1
    assert (row(Dispute, ride).refunded, count_rows(DisputeMessage)) == (200, 2)
    assert ledger.read_balances(ada) == {"USD": -150}
    check_ledger(db.session.connection())


def test_concurrent_refunds_are_never_more_than_was_paid(
    app: Flask, ada: RowKey, ride: RowKey, colleagues: list[User], row: RowReader
) -> None:
    """Each tries until nothing is left."""

    def refund_all(user: User, number: int) -> None:
        for attempt in range(20):
            db.session.expire_all()
            case = find_case(user, ride)
            if case.refundable < 120:
                return
            with suppress(DisputeChanged):
                answer = DisputeAnswer("Some more.", refund=120)
                answer_dispute(
                    user.key, case, case.dispute.changed_at, f"{number} {attempt}", answer
                )
        raise AssertionError("no refund was accepted")

    results = run_together(
        app, *(partial(refund_all, user, n) for n, user in enumerate(colleagues))
    )
    assert results == [None] * 5
    assert (row(Dispute, ride).refunded, count_rows(DisputeMessage)) == (240, 3)
    assert ledger.read_balances(ada) == {"USD": -110}
    check_ledger(db.session.connection())


def test_one_form_sent_concurrently_refunds_once(
    app: Flask, ada: RowKey, ride: RowKey, colleagues: list[User], row: RowReader
) -> None:
    (call,) = answer_calls(colleagues[:1], ride, DisputeAnswer("Sorry.", refund=100))
    assert run_together(app, *[call] * 5) == [None] * 5
    assert (row(Dispute, ride).refunded, count_rows(DisputeMessage)) == (100, 2)
    check_ledger(db.session.connection())


def test_concurrent_first_messages_open_one_dispute(
    app: Flask, ada: RowKey, make_ended_ride: MakeEndedRide
) -> None:
    key = make_ended_ride(ada)
    calls = [partial(write_message, ada, key, f"{n % 3}", f"Message {n % 3}") for n in range(6)]
    assert run_together(app, *calls) == [None] * 6
    assert (count_rows(Dispute), count_rows(DisputeMessage)) == (1, 3)


def test_a_message_during_an_answer_comes_before_it_or_opens_the_dispute_again(
    app: Flask, ada: RowKey, ride: RowKey, colleagues: list[User], row: RowReader
) -> None:
    for n in range(ROUNDS):
        (call,) = answer_calls(colleagues[:1], ride, DisputeAnswer("Hm."), nonce=str(n))
        answered, written = run_together(
            app, call, partial(write_message, ada, ride, f"again {n}", "And?")
        )
        assert written is None
        assert answered is None or isinstance(answered, DisputeChanged)
        # Either the message came last, or the answer was refused: the dispute is open.
        assert row(Dispute, ride).state == "open"
        db.session.expire_all()


def test_a_message_during_closing_comes_before_it_or_is_refused(
    app: Flask, ada: RowKey, make_ended_ride: MakeEndedRide, colleagues: list[User], row: RowReader
) -> None:
    for n in range(ROUNDS):
        key = make_ended_ride(ada)
        write_message(ada, key, "first", "Too much.")
        (call,) = answer_calls(colleagues[:1], key, DisputeAnswer("No.", close=True))
        closed, written = run_together(
            app, call, partial(write_message, ada, key, f"again {n}", "And?")
        )
        if closed is None:
            assert isinstance(written, DisputeClosed)
            assert row(Dispute, key).state == "closed"
        else:
            assert isinstance(closed, DisputeChanged)
            assert (written, row(Dispute, key).state) == (None, "open")


def test_a_refund_during_a_move_arrives_in_the_new_region_or_not_at_all(
    app: Flask,
    make_user: UserFactory,
    make_ended_ride: MakeEndedRide,
    make_plan: PlanFactory,
    colleagues: list[User],
    row: RowReader,
) -> None:
    make_plan(**PRICE)
    profile = ProfileData(find_city("paris"), "A", "B", "")
    for _ in range(ROUNDS):
        rider = make_user().key
        key = make_ended_ride(rider)
        write_message(rider, key, "first", "Too much.")
        (call,) = answer_calls(colleagues[:1], key, DisputeAnswer("Sorry.", refund=350))
        answer, moved = run_together(app, call, partial(save_profile, rider, profile))
        assert moved == RowKey("europe-west1", rider.id)
        assert answer is None or isinstance(answer, DisputeChanged)
        refunded = 350 if answer is None else 0
        assert row(Dispute, key).refunded == refunded
        assert ledger.read_balances(moved) == {"USD": refunded - 350}
        assert row(Ride, key).rider_region == "europe-west1"
        check_ledger(db.session.connection())


# --- a rider who leaves ---------------------------------------------------------------------------


@pytest.fixture
def _delete_in_slices(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)


@pytest.fixture
def paying_ada(ada: RowKey, ride: RowKey) -> RowKey:
    """Ada has paid for her ride, and has promotional credit left."""
    give_credit(ada, 400, "USD")
    return ada


@pytest.mark.usefixtures("_delete_in_slices")
def test_nothing_is_refunded_to_a_rider_whose_account_has_ended(
    app: Flask, paying_ada: RowKey, ride: RowKey, colleagues: list[User], row: RowReader
) -> None:
    """Neither by who has the page open nor by who opens it before the rides are anonymised."""
    (open_page,) = answer_calls(colleagues[:1], ride, DisputeAnswer("Sorry.", refund=200))
    delete_account(row(User, paying_ada))
    with pytest.raises(DisputeChanged):
        open_page()
    assert find_case(colleagues[0], ride).refundable == 0
    (later,) = answer_calls(colleagues[:1], ride, DisputeAnswer("Sorry.", refund=200), "2")
    with pytest.raises(RefundTooLarge):
        later()
    run_jobs(app)
    assert_consistent_ledger()


@pytest.mark.usefixtures("_delete_in_slices")
@pytest.mark.parametrize("is_refund_first", [True, False])
def test_a_refund_while_an_account_ends_leaves_no_money_behind(
    app: Flask, monkeypatch: pytest.MonkeyPatch, paying_ada: RowKey, ride: RowKey,
    colleagues: list[User], row: RowReader, is_refund_first: bool,
) -> None:  # fmt: skip
    (refund,) = answer_calls(colleagues[:1], ride, DisputeAnswer("Sorry.", refund=200))
    user = row(User, paying_ada)

    def end_account() -> None:
        delete_account(user)

    with monkeypatch.context() as patch:
        if is_refund_first:
            results = interleave(app, patch, Step(refund, "UPDATE disputes"), end_account)
        else:
            results = interleave(app, patch, Step(end_account, "UPDATE users"), refund)[::-1]
    assert results[1] is None
    assert results[0] is None or isinstance(results[0], DisputeChanged)
    run_jobs(app)
    assert row(User, paying_ada) is None
    assert_consistent_ledger()


@pytest.mark.usefixtures("_delete_in_slices")
def test_what_comes_after_the_wallet_was_settled_is_settled_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch, paying_ada: RowKey, row: RowReader
) -> None:
    """Such as the price of a ride that began in the moment in which the account ended."""

    def charge_and_close(*arguments: Any) -> None:
        charge(paying_ada, 120, "USD")
        set_null_in_slices(*arguments)

    delete_account(row(User, paying_ada))
    monkeypatch.setattr(
        "webapp.riders.wallet.services.closing.set_null_in_slices", charge_and_close
    )
    run_jobs(app)
    assert row(User, paying_ada) is None
    assert_consistent_ledger()
