"""What leaves after the commit: once, in order, and only when something was committed."""

from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.database.test_run_transaction import INSERT, INSERT_ONCE, READ, WRITE, fail_with, insert
from tests.threads import TIMEOUT_S, run_together
from webapp.db.transactions import AmbiguousCommit, after_commit, run_transaction
from webapp.extensions import db


def doing(*statements, acts=(), one_statement=False, **options):
    """Run statements in one unit; its acts are queued before the first is sent."""

    def work(session):
        for act in acts:
            after_commit(session, act)
        for statement in statements:
            session.execute(statement, {"id": 1, "n": 0})

    return run_transaction(work, one_statement=one_statement, **options)


@pytest.mark.parametrize("one_statement", [False, True])
def test_acts_follow_the_commit_in_their_order(inside, notes, one_statement):
    seen = []
    acts = [lambda: seen.append(notes()), lambda: seen.append("second")]
    doing(INSERT, acts=acts, one_statement=one_statement)
    assert seen == [[(1, 0)], "second"]


def test_acts_are_called_before_the_caller_goes_on_and_never_inside(inside, notes):
    seen = []

    def work(session):
        after_commit(session, lambda: seen.append("act"))
        insert()(session)
        seen.append("work")
        return "result"

    assert run_transaction(work) == "result"
    assert seen == ["work", "act"]


def test_only_the_attempt_that_wins_acts(inside, notes):
    """Both count up the same row; the loser's first attempt has queued its act already."""
    doing(INSERT)
    both_have_read, runs, acts = Barrier(2), [], []

    def work(session):
        n = session.scalar(READ, {"id": 1})
        runs.append(n)
        after_commit(session, lambda: acts.append(n))
        if len(runs) <= 2:
            both_have_read.wait(TIMEOUT_S)
        session.execute(WRITE, {"id": 1, "n": n + 1})

    assert run_together(inside, *[lambda: run_transaction(work)] * 2) == [None, None]
    assert runs == [0, 0, 1]
    assert acts == [0, 1]


def test_an_attempt_whose_session_was_killed_leaves_nothing(inside, notes, kill):
    pids, acts = [], []

    def work(session):
        pids.append(session.scalar(text("SELECT pg_backend_pid()")))
        number = len(pids)
        after_commit(session, lambda: acts.append(number))
        insert()(session)
        if number == 1:
            kill(pids[0])
        session.execute(text("SELECT 1"))

    run_transaction(work)
    assert acts == [2]


@pytest.mark.parametrize("one_statement", [False, True])
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_nothing_leaves_when_nobody_can_say_whether_it_was_committed(
    wired, wire, notes, lose, one_statement
):
    acts = []
    getattr(wire, lose)("INSERT" if one_statement else "COMMIT")
    with pytest.raises(AmbiguousCommit):
        doing(INSERT, acts=[lambda: acts.append(1)], one_statement=one_statement)
    assert acts == []


@pytest.mark.parametrize("one_statement", [False, True])
def test_idempotent_work_whose_answer_was_lost_acts_once(wired, wire, notes, one_statement):
    acts = []
    wire.drop_result_of("INSERT" if one_statement else "COMMIT")
    act = [lambda: acts.append(1)]
    doing(INSERT_ONCE, acts=act, one_statement=one_statement, idempotent=True)
    assert (acts, notes()) == ([1], [(1, 0)])


@pytest.mark.parametrize("one_statement", [False, True])
@pytest.mark.parametrize("state", ["23505", "40001"])
def test_a_unit_that_is_refused_or_gives_up_leaves_nothing(
    inside, monkeypatch, state, one_statement
):
    monkeypatch.setitem(inside.config, "TRANSACTION_ATTEMPTS", 2)
    acts = []
    with pytest.raises(DBAPIError):
        doing(fail_with(state), acts=[lambda: acts.append(1)], one_statement=one_statement)
    assert acts == []


def test_an_error_of_the_unit_itself_leaves_nothing(inside, notes):
    acts = []

    def work(session):
        after_commit(session, lambda: acts.append(1))
        insert()(session)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_transaction(work)
    assert acts == []


def test_an_act_that_raises_is_logged_and_hurts_nobody(inside, notes, caplog):
    acts = []
    doing(INSERT, acts=[lambda: 1 / 0, lambda: acts.append(1)])
    assert (acts, notes()) == ([1], [(1, 0)])
    assert "a callback after the commit failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_act_may_write_in_a_unit_of_its_own(inside, notes):
    doing(INSERT, acts=[lambda: run_transaction(insert(2, 7))])
    assert notes() == [(1, 0), (2, 7)]


def test_a_session_that_never_commits_takes_no_acts(inside):
    with pytest.raises(KeyError):
        after_commit(db.session(), lambda: None)
