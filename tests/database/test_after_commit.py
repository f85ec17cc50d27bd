"""What leaves after the commit: once, in order, and only when something was committed."""

from collections.abc import Callable, Iterable
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Executable, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.database.conftest import KillSession, ReadNotes
from tests.database.notes import INSERT, INSERT_ONCE, READ, WRITE, fail_with, insert
from tests.database_proxy import DatabaseProxy
from tests.threads import TIMEOUT_S, run_together
from webapp.db.transactions import AmbiguousCommit, after_commit, run_transaction
from webapp.extensions import db


def run_statements(
    *statements: Executable, acts: Iterable[Callable[[], object]] = (), **options: bool
) -> None:
    """Run statements in one unit; its acts are queued before the first is sent."""

    def work(session: Session) -> None:
        for act in acts:
            after_commit(session, act)
        for statement in statements:
            session.execute(statement, {"id": 1, "n": 0})

    run_transaction(work, **options)


@pytest.mark.parametrize("one_statement", [False, True])
def test_acts_are_called_after_the_commit_in_their_order(
    app_in_context: Flask, read_notes: ReadNotes, one_statement: bool
) -> None:
    calls: list[object] = []
    acts = [lambda: calls.append(read_notes()), lambda: calls.append("second")]
    run_statements(INSERT, acts=acts, one_statement=one_statement)
    assert calls == [[(1, 0)], "second"]


def test_callbacks_run_after_the_commit_and_before_run_transaction_returns(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    calls = []

    def work(session: Session) -> str:
        after_commit(session, lambda: calls.append("act"))
        insert()(session)
        calls.append("work")
        return "result"

    assert run_transaction(work) == "result"
    assert calls == ["work", "act"]


def test_only_the_attempt_that_commits_acts(app_in_context: Flask, read_notes: ReadNotes) -> None:
    """Both count up the same row; the loser's first attempt has queued its act already."""
    run_statements(INSERT)
    both_have_read, runs, acts = Barrier(2), [], []

    def work(session: Session) -> None:
        n = session.scalar(READ, {"id": 1})
        runs.append(n)
        after_commit(session, lambda: acts.append(n))
        if len(runs) <= 2:
            both_have_read.wait(TIMEOUT_S)
        session.execute(WRITE, {"id": 1, "n": n + 1})

    assert run_together(app_in_context, *[lambda: run_transaction(work)] * 2) == [None, None]
    assert runs == [0, 0, 1]
    assert acts == [0, 1]


def test_an_attempt_whose_session_was_killed_does_not_act(
    app_in_context: Flask, read_notes: ReadNotes, kill_session: KillSession
) -> None:
    pids, acts = [], []

    def work(session: Session) -> None:
        pids.append(session.scalar(text("SELECT pg_backend_pid()")))
        number = len(pids)
        after_commit(session, lambda: acts.append(number))
        insert()(session)
        if number == 1:
            kill_session(pids[0])
        session.execute(text("SELECT 1"))

    run_transaction(work)
    assert acts == [2]


@pytest.mark.parametrize("one_statement", [False, True])
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_unit_whose_commit_is_ambiguous_does_not_act(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str, one_statement: bool
) -> None:
    acts = []
    getattr(proxy, lose)("INSERT" if one_statement else "COMMIT")
    with pytest.raises(AmbiguousCommit):
        run_statements(INSERT, acts=[lambda: acts.append(1)], one_statement=one_statement)
    assert acts == []


@pytest.mark.parametrize("one_statement", [False, True])
def test_idempotent_work_whose_result_was_lost_acts_once(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, one_statement: bool
) -> None:
    acts = []
    proxy.drop_result_of("INSERT" if one_statement else "COMMIT")
    act = [lambda: acts.append(1)]
    run_statements(INSERT_ONCE, acts=act, one_statement=one_statement, idempotent=True)
    assert (acts, read_notes()) == ([1], [(1, 0)])


@pytest.mark.parametrize("one_statement", [False, True])
@pytest.mark.parametrize("state", ["23505", "40001"])
def test_a_unit_that_is_refused_or_gives_up_does_not_act(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch, state: str, one_statement: bool
) -> None:
    monkeypatch.setitem(app_in_context.config, "TRANSACTION_ATTEMPTS", 2)
    acts = []
    with pytest.raises(DBAPIError):
        run_statements(fail_with(state), acts=[lambda: acts.append(1)], one_statement=one_statement)
    assert acts == []


def test_a_unit_that_raises_does_not_act(app_in_context: Flask, read_notes: ReadNotes) -> None:
    acts = []

    def work(session: Session) -> None:
        after_commit(session, lambda: acts.append(1))
        insert()(session)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_transaction(work)
    assert acts == []


def test_an_act_that_raises_is_logged_and_raises_nothing(
    app_in_context: Flask, read_notes: ReadNotes, caplog: pytest.LogCaptureFixture
) -> None:
    acts = []
    run_statements(INSERT, acts=[lambda: 1 / 0, lambda: acts.append(1)])
    assert (acts, read_notes()) == ([1], [(1, 0)])
    assert "a callback after the commit failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_act_may_write_in_its_own_transaction(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    run_statements(INSERT, acts=[lambda: run_transaction(insert(2, 7))])
    assert read_notes() == [(1, 0), (2, 7)]


def test_a_session_that_never_commits_takes_no_acts(app_in_context: Flask) -> None:
    with pytest.raises(KeyError):
        after_commit(db.session(), lambda: None)
