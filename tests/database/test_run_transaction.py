"""Writing: the whole unit again after a conflict, once only, within bounds."""

import random
from collections.abc import Callable, Iterator
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from tests.clock import SteppedClock, stepped_clock
from tests.database.conftest import KillSession, ReadNotes
from tests.database_proxy import DatabaseProxy
from tests.factories import UserFactory
from tests.threads import TIMEOUT_S, run_together
from webapp.auth.models import User
from webapp.db.errors import sqlstate
from webapp.db.transactions import AmbiguousCommit, execute_write, run_transaction
from webapp.extensions import db

INSERT = text("INSERT INTO notes VALUES (:id, :n)")
INSERT_ONCE = text("INSERT INTO notes VALUES (:id, :n) ON CONFLICT DO NOTHING")
READ = text("SELECT n FROM notes WHERE id = :id")
WRITE = text("UPDATE notes SET n = :n WHERE id = :id")
PID = text("SELECT pg_backend_pid()")


def insert(id_: int = 1, n: int = 0) -> Callable[[Session], object]:
    return lambda session: session.execute(INSERT, {"id": id_, "n": n})


def insert_once(id_: int = 1, n: int = 0) -> Callable[[Session], object]:
    return lambda session: session.execute(INSERT_ONCE, {"id": id_, "n": n})


# --- conflicts -----------------------------------------------------------------------------


def test_of_two_units_that_read_what_the_other_writes_one_runs_again(
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


def test_two_units_that_count_up_the_same_row_lose_no_count(
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


def test_a_deadlock_ends_with_both_units_done(
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


# --- lost connections ----------------------------------------------------------------------


def test_a_session_killed_before_commit_is_run_again_and_takes_effect_once(
    app_in_context: Flask, read_notes: ReadNotes, kill_session: KillSession
) -> None:
    pids = []

    def work(session: Session) -> None:
        insert()(session)
        pids.append(session.scalar(PID))
        if len(pids) == 1:
            kill_session(pids[0])
        session.execute(text("SELECT 1"))

    run_transaction(work)
    assert read_notes() == [(1, 0)]
    assert len(set(pids)) == 2


@pytest.mark.parametrize("beginning", ["BEGIN", "INSERT"])
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_connection_lost_before_commit_is_retried(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str, beginning: str
) -> None:
    getattr(proxy, lose)(beginning)
    run_transaction(insert())
    assert read_notes() == [(1, 0)]
    assert proxy.pending_cut is None


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_connection_lost_during_commit_is_an_ambiguous_commit(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    read_notes: ReadNotes,
    lose: str,
    done: list[tuple[int, int]] | list[object],
) -> None:
    """Done or not, from here both look the same; so it is not tried again."""
    getattr(proxy, lose)("COMMIT")
    with pytest.raises(AmbiguousCommit) as caught:
        run_transaction(insert())
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert read_notes() == done
    assert proxy.queries.count("COMMIT") == 1


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_idempotent_work_survives_a_connection_lost_during_commit(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str
) -> None:
    getattr(proxy, lose)("COMMIT")
    run_transaction(insert_once(), idempotent=True)
    assert read_notes() == [(1, 0)]
    assert proxy.queries.count("COMMIT") == 2


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_lone_statement_is_its_own_commit(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    read_notes: ReadNotes,
    lose: str,
    done: list[tuple[int, int]] | list[object],
) -> None:
    getattr(proxy, lose)("INSERT")
    with pytest.raises(AmbiguousCommit):
        run_transaction(insert(), one_statement=True)
    assert read_notes() == done


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_an_idempotent_lone_statement_survives_a_lost_connection(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str
) -> None:
    getattr(proxy, lose)("INSERT")
    run_transaction(insert_once(), idempotent=True, one_statement=True)
    assert read_notes() == [(1, 0)]
    assert len(proxy.queries) == 2


def test_a_commit_of_unknown_result_is_ambiguous_unless_repeating_is_safe(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    """CockroachDB says 40003 when it does not know itself."""
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        session.execute(fail_with("40003") if len(runs) == 1 else INSERT_ONCE, {"id": 1, "n": 0})

    with pytest.raises(AmbiguousCommit):
        run_transaction(work, one_statement=True)
    runs.clear()
    run_transaction(work, one_statement=True, idempotent=True)
    assert read_notes() == [(1, 0)]


# --- bounds --------------------------------------------------------------------------------


def fail_with(state: str) -> TextClause:
    return text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")


@pytest.fixture
def clock(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SteppedClock]:
    """A clock that only pauses move, and the longest pauses that chance allows."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    with stepped_clock(app_in_context) as clock:
        yield clock


def test_attempts_are_counted_and_pauses_double_up_to_the_longest(
    app_in_context: Flask, clock: SteppedClock
) -> None:
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError) as caught:
        run_transaction(work)
    assert sqlstate(caught.value) == "40001"
    assert len(runs) == app_in_context.config["TRANSACTION_ATTEMPTS"] == 8
    assert clock.pauses_ms == [50, 100, 200, 400, 500, 500, 500]


def test_no_attempt_begins_after_the_deadline(app_in_context: Flask, clock: SteppedClock) -> None:
    starts_s: list[float] = []

    def work(session: Session) -> None:
        starts_s.append(clock.monotonic())
        clock.advance(0.7)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError):
        run_transaction(work)
    assert starts_s == pytest.approx([0, 0.75, 1.55, 2.45])
    assert starts_s[-1] * 1000 < app_in_context.config["TRANSACTION_DEADLINE_MS"]


def test_pauses_are_random_from_zero_up(
    app_in_context: Flask, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges: list[tuple[float, float]] = []

    def choose_lowest(low: float, high: float) -> float:
        ranges.append((low, high))
        return low

    monkeypatch.setattr(random, "uniform", choose_lowest)
    with pytest.raises(OperationalError):
        run_transaction(lambda session: session.execute(fail_with("40001")))
    assert ranges[:3] == [(0, 50), (0, 100), (0, 200)]


@pytest.mark.parametrize("one_statement", [False, True])
def test_a_refusal_is_not_asked_again(
    app_in_context: Flask, read_notes: ReadNotes, one_statement: bool
) -> None:
    run_transaction(insert())
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        insert()(session)

    with pytest.raises(IntegrityError) as caught:
        run_transaction(work, one_statement=one_statement)
    assert (sqlstate(caught.value), len(runs)) == ("23505", 1)


def test_an_error_of_the_unit_itself_undoes_it_and_is_raised_as_it_is(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    def work(session: Session) -> None:
        insert()(session)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_transaction(work)
    assert read_notes() == []


# --- one statement -------------------------------------------------------------------------


def test_a_lone_statement_is_one_round_trip(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    run_transaction(insert(), one_statement=True)
    assert proxy.queries == ["INSERT INTO notes VALUES (1, 0)"]


def test_a_unit_of_n_statements_takes_n_plus_two_round_trips(
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


def test_a_lone_statement_may_be_an_object_to_save(
    proxied_app: Flask, proxy: DatabaseProxy, make_user: UserFactory
) -> None:
    make_user()  # for its columns
    proxy.take_queries()

    def work(session: Session) -> None:
        columns = {"first_name": "A", "last_name": "B", "password_hash": "x", "email": "a@b.org"}
        session.add(User(region="us-east1", city="boston", username="ada", **columns))

    run_transaction(work, one_statement=True)
    assert [query.split()[0] for query in proxy.queries] == ["INSERT"]


def test_a_second_statement_in_a_unit_of_one_is_not_sent(
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
def test_after_a_lone_statement_the_connection_is_transactional_again(
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


def test_rows_that_a_unit_returns_stay_readable(
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


def test_units_run_serializable(app_in_context: Flask) -> None:
    level = text("SHOW transaction_isolation")
    assert run_transaction(lambda session: session.scalar(level)) == "serializable"
    alone = run_transaction(lambda session: session.scalar(level), one_statement=True)
    assert alone == "serializable"


def test_a_unit_inside_a_unit_is_refused(app_in_context: Flask, read_notes: ReadNotes) -> None:
    """It would commit even when the outer one is undone, and again when the outer one is retried."""

    def outer(session: Session) -> None:
        insert(1)(session)
        run_transaction(insert(2))

    with pytest.raises(RuntimeError, match="inside"):
        run_transaction(outer)
    assert read_notes() == []
    run_transaction(insert(3))
    assert read_notes() == [(3, 0)]


def test_a_write_is_not_visible_before_its_unit_ends(
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
