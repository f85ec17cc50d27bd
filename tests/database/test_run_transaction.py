"""run_transaction: conflicts, units of a single statement, sessions and results."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.database.conftest import ReadNotes
from tests.database.notes import INSERT_ONCE, PID, READ, WRITE, fail_with, insert
from tests.database_proxy import DatabaseProxy
from tests.factories import UserFactory
from tests.threads import TIMEOUT_S, run_together
from webapp.auth.models import User
from webapp.db.transactions import AmbiguousCommit, execute_write, run_transaction
from webapp.extensions import db

# --- conflicts -----------------------------------------------------------------------------


def test_write_skew_of_two_transactions_is_retried(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    """Write skew: each copies the other's number plus one. One after the other makes 1 and 2."""
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    both_have_read, runs = Barrier(2), []

    def copy(source: int, target: int) -> Callable[[], None]:
        def work(session: Session) -> None:
            n = session.scalar(READ, {"id": source})
            runs.append(target)
            if runs.count(target) == 1:
                both_have_read.wait(TIMEOUT_S)
            session.execute(WRITE, {"id": target, "n": n + 1})

        return lambda: run_transaction(work)

    assert run_together(app_in_context, copy(1, 2), copy(2, 1)) == [None, None]
    assert sorted(n for _, n in read_notes()) == [1, 2]
    assert len(runs) == 3, "exactly one had to run again"


def test_two_transactions_that_increment_a_row_lose_no_update(
    app_in_context: Flask, read_notes: ReadNotes, caplog: pytest.LogCaptureFixture
) -> None:
    run_transaction(insert(1, 0))
    both_have_read, runs = Barrier(2), []

    def work(session: Session) -> None:
        n = session.scalar(READ, {"id": 1})
        runs.append(n)
        if len(runs) <= 2:
            both_have_read.wait(TIMEOUT_S)
        session.execute(WRITE, {"id": 1, "n": n + 1})

    results = run_together(
        app_in_context, lambda: run_transaction(work), lambda: run_transaction(work)
    )
    assert results == [None, None]
    assert read_notes() == [(1, 2)]
    assert runs == [0, 0, 1]
    assert "failed (40001)" in caplog.text


def test_a_deadlock_is_retried_until_both_transactions_are_done(
    app_in_context: Flask, read_notes: ReadNotes, caplog: pytest.LogCaptureFixture
) -> None:
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    both_hold_one, runs = Barrier(2), []
    count_up = text("UPDATE notes SET n = n + 1 WHERE id = :id")

    def in_order(first: int, second: int) -> Callable[[], None]:
        def work(session: Session) -> None:
            session.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            session.execute(count_up, {"id": first})
            runs.append(first)
            if runs.count(first) == 1:
                both_hold_one.wait(TIMEOUT_S)
            session.execute(count_up, {"id": second})

        return lambda: run_transaction(work)

    assert run_together(app_in_context, in_order(1, 2), in_order(2, 1)) == [None, None]
    assert read_notes() == [(1, 2), (2, 2)]
    assert "failed (40P01)" in caplog.text


# --- one statement -------------------------------------------------------------------------


def test_a_single_statement_is_one_round_trip(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    run_transaction(insert(), one_statement=True)
    assert proxy.queries == ["INSERT INTO notes VALUES (1, 0)"]


def test_a_transaction_of_n_statements_takes_n_plus_two_round_trips(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    assert [query.split()[0] for query in proxy.queries] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


def test_execute_write_is_one_round_trip_and_returns_the_rows(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    statement = text("INSERT INTO notes VALUES (1, 5), (2, 6) RETURNING id, n")
    assert execute_write(statement) == [(1, 5), (2, 6)]
    assert [query.split()[0] for query in proxy.queries] == ["INSERT"]


def test_execute_write_returns_no_rows_for_a_statement_without_returning(
    proxied_app: Flask, read_notes: ReadNotes
) -> None:
    assert execute_write(text("INSERT INTO notes VALUES (1, 0)")) == []
    assert read_notes() == [(1, 0)]


def test_execute_write_repeats_an_idempotent_statement_only(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    proxy.drop_result_of("INSERT")
    with pytest.raises(AmbiguousCommit):
        execute_write(INSERT_ONCE.bindparams(id=1, n=0))
    proxy.drop_result_of("INSERT")
    execute_write(INSERT_ONCE.bindparams(id=2, n=0), idempotent=True)
    assert read_notes() == [(1, 0), (2, 0)]


def test_a_single_statement_may_come_from_a_flush(
    proxied_app: Flask, proxy: DatabaseProxy, make_user: UserFactory
) -> None:
    make_user()  # for its columns
    proxy.take_queries()

    def work(session: Session) -> None:
        columns = {"first_name": "A", "last_name": "B", "password_hash": "x", "email": "a@b.org"}
        session.add(User(region="us-east1", city="boston", username="ada", **columns))

    run_transaction(work, one_statement=True)
    assert [query.split()[0] for query in proxy.queries] == ["INSERT"]


def test_a_second_statement_with_one_statement_is_not_sent(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    with pytest.raises(RuntimeError, match="second statement"):
        run_transaction(
            lambda session: [insert(1)(session), insert(2)(session)], one_statement=True
        )
    assert not [query for query in proxy.queries if "(2, 0)" in query]


def insert_twice(session: Session) -> None:
    insert(8)(session)
    insert(9)(session)


ENDINGS: dict[str, tuple[Callable[[Session], object], type[Exception] | None]] = {
    "well": (insert(5), None),
    "refused": (lambda session: session.execute(fail_with("23505")), IntegrityError),
    "raised": (lambda session: int("raise"), ValueError),
    "twice": (insert_twice, RuntimeError),
    "nothing sent": (lambda session: None, None),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_after_a_single_statement_the_connection_is_transactional_again(
    proxied_app: Flask, read_notes: ReadNotes, ending: str
) -> None:
    """The pool holds one connection here, so the next unit gets the same one."""
    unit, error = ENDINGS[ending]
    before = run_transaction(lambda session: session.scalar(PID))
    if error:
        with pytest.raises(error):
            run_transaction(unit, one_statement=True)
    else:
        run_transaction(unit, one_statement=True)

    def write_and_fail(session: Session) -> None:
        assert session.scalar(PID) == before
        driver = session.connection().connection.dbapi_connection
        assert driver
        assert driver.autocommit is False
        insert(7)(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_transaction(write_and_fail)
    assert 7 not in dict(read_notes())


# --- what comes back, and misuse -----------------------------------------------------------


def test_rows_that_the_work_returns_stay_readable(
    app_in_context: Flask, make_user: UserFactory
) -> None:
    key = make_user("ada").key
    user = run_transaction(lambda session: session.get(User, key))
    assert user
    assert (user.username, user.city, user.roles) == ("ada", "new york", {"rider"})


def test_each_attempt_gets_a_session_of_its_own(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    sessions = []

    def work(session: Session) -> None:
        sessions.append(session)
        session.add(User(username="left over"))  # would fail if the next attempt flushed it
        session.expunge_all()
        if len(sessions) == 1:
            session.execute(fail_with("40001"))

    run_transaction(work)
    assert sessions[0] is not sessions[1]
    assert not sessions[0].in_transaction()


def test_transactions_are_serializable(app_in_context: Flask) -> None:
    level = text("SHOW transaction_isolation")
    assert run_transaction(lambda session: session.scalar(level)) == "serializable"
    alone = run_transaction(lambda session: session.scalar(level), one_statement=True)
    assert alone == "serializable"


def test_a_nested_transaction_is_refused(app_in_context: Flask, read_notes: ReadNotes) -> None:
    """It would commit even when the outer one is undone, and again when the outer one is retried."""

    def outer(session: Session) -> None:
        insert(1)(session)
        run_transaction(insert(2))

    with pytest.raises(RuntimeError, match="inside"):
        run_transaction(outer)
    assert read_notes() == []
    run_transaction(insert(3))
    assert read_notes() == [(3, 0)]


def test_a_write_is_not_visible_before_its_commit(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    def work(session: Session) -> None:
        insert()(session)
        assert read_notes() == []
        assert db.session.scalar(text("SELECT count(*) FROM notes")) == 0

    run_transaction(work)
    assert read_notes() == [(1, 0)]


def test_a_transaction_may_have_a_time_limit_of_its_own(app_in_context: Flask) -> None:
    def read_timeouts(session: Session) -> tuple[str, float]:
        driver: Any = session.connection().connection.dbapi_connection
        return session.execute(text("SHOW statement_timeout")).scalar_one(), driver.answer_timeout_s

    usual = run_transaction(read_timeouts)
    assert run_transaction(read_timeouts, timeout_ms=50_000) == ("45s", 50.0)
    assert run_transaction(read_timeouts) == usual != ("45s", 50.0)
