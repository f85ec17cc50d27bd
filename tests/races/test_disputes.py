"""Concurrent messages and refunds: nothing is stored twice, and no more is refunded than was paid."""

from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import func, select

from tests.ledger_audit import check_ledger
from tests.rides.steps import PRICE
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.riders.wallet import ledger
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.disputes.queries import find_case
from webapp.rides.disputes.services import DisputeClosed, write_message
from webapp.rides.disputes.staff_services import DisputeAnswer, DisputeChanged, answer_dispute
from webapp.rides.models import Ride

#: A race of two is run this often, for both to win sometimes.
ROUNDS = 6


@pytest.fixture(autouse=True)
def inside(app, monkeypatch):
    monkeypatch.setitem(app.config, "LIMIT_DISPUTES", (1000, 60))
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada").key


@pytest.fixture
def ride(ada, make_ended_ride, make_plan):
    """A ride that cost $3.50, and that Ada has asked about."""
    make_plan(**PRICE)
    key = make_ended_ride(ada)
    write_message(ada, key, "first", "Too much.")
    return key


@pytest.fixture
def colleagues(make_user):
    return [make_user(roles=["fleet"]) for _ in range(5)]


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def of_type(results, type_):
    return [result for result in results if type(result) is type_]


def answers(colleagues, ride, given, nonce="1"):
    """Return what each colleague does who has the page open."""
    cases = [find_case(user, ride) for user in colleagues]
    return [
        partial(answer_dispute, user.key, case, case.dispute.changed_at, nonce, given)
        for user, case in zip(colleagues, cases, strict=True)
    ]


def test_of_five_concurrent_refunds_one_is_made(app, ada, ride, colleagues, row):
    results = run_together(app, *answers(colleagues, ride, DisputeAnswer("Sorry.", refund=200)))
    assert len(of_type(results, DisputeChanged)) == 4
    assert results.count(None) == 1
    assert (row(Dispute, ride).refunded, count(DisputeMessage)) == (200, 2)
    assert ledger.read_balances(ada) == {"USD": -150}
    check_ledger(db.session.connection())


def test_concurrent_refunds_are_never_more_than_was_paid(app, ada, ride, colleagues, row):
    """Each tries until nothing is left."""

    def give(user, number):
        for attempt in range(20):
            db.session.expire_all()
            case = find_case(user, ride)
            if case.refundable < 120:
                return
            with suppress(DisputeChanged):
                given = DisputeAnswer("Some more.", refund=120)
                answer_dispute(
                    user.key, case, case.dispute.changed_at, f"{number} {attempt}", given
                )
        raise AssertionError("nobody came through")

    results = run_together(app, *(partial(give, user, n) for n, user in enumerate(colleagues)))
    assert results == [None] * 5
    assert (row(Dispute, ride).refunded, count(DisputeMessage)) == (240, 3)
    assert ledger.read_balances(ada) == {"USD": -110}
    check_ledger(db.session.connection())


def test_one_form_sent_concurrently_refunds_once(app, ada, ride, colleagues, row):
    (call,) = answers(colleagues[:1], ride, DisputeAnswer("Sorry.", refund=100))
    assert run_together(app, *[call] * 5) == [None] * 5
    assert (row(Dispute, ride).refunded, count(DisputeMessage)) == (100, 2)
    check_ledger(db.session.connection())


def test_concurrent_first_messages_open_one_dispute(app, ada, make_ended_ride):
    key = make_ended_ride(ada)
    calls = [partial(write_message, ada, key, f"{n % 3}", f"Message {n % 3}") for n in range(6)]
    assert run_together(app, *calls) == [None] * 6
    assert (count(Dispute), count(DisputeMessage)) == (1, 3)


def test_a_message_during_an_answer_comes_before_it_or_opens_the_dispute_again(
    app, ada, ride, colleagues, row
):
    for n in range(ROUNDS):
        (call,) = answers(colleagues[:1], ride, DisputeAnswer("Hm."), nonce=str(n))
        answered, written = run_together(
            app, call, partial(write_message, ada, ride, f"again {n}", "And?")
        )
        assert written is None
        assert answered is None or isinstance(answered, DisputeChanged)
        # The rider's words came last, or staff have seen them not: either way it is open.
        assert row(Dispute, ride).state == "open"
        db.session.expire_all()


def test_a_message_during_closing_comes_before_it_or_is_refused(
    app, ada, make_ended_ride, colleagues, row
):
    for n in range(ROUNDS):
        key = make_ended_ride(ada)
        write_message(ada, key, "first", "Too much.")
        (call,) = answers(colleagues[:1], key, DisputeAnswer("No.", close=True))
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
    app,
    make_user,
    make_ended_ride,
    make_plan,
    colleagues,
    row,
):
    make_plan(**PRICE)
    profile = ProfileData(catalogue().find("paris"), "A", "B", "")
    for _ in range(ROUNDS):
        rider = make_user().key
        key = make_ended_ride(rider)
        write_message(rider, key, "first", "Too much.")
        (call,) = answers(colleagues[:1], key, DisputeAnswer("Sorry.", refund=350))
        given, moved = run_together(app, call, partial(save_profile, rider, profile))
        assert moved == RowKey("europe-west1", rider.id)
        assert given is None or isinstance(given, DisputeChanged)
        back = 350 if given is None else 0
        assert row(Dispute, key).refunded == back
        assert ledger.read_balances(moved) == {"USD": back - 350}
        assert row(Ride, key).rider_region == "europe-west1"
        check_ledger(db.session.connection())
