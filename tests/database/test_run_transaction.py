"""Writing: the whole unit again after a conflict, once only, within bounds."""

import random
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from tests.clock import stepped_clock
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


def insert(id_=1, n=0):
    return lambda session: session.execute(INSERT, {"id": id_, "n": n})


def insert_once(id_=1, n=0):
    return lambda session: session.execute(INSERT_ONCE, {"id": id_, "n": n})


# --- conflicts -----------------------------------------------------------------------------


def test_two_units_that_read_what_the_other_writes_are_retried_and_both_hold(inside, notes):
    """Write skew: each copies the other's number plus one. One after the other makes 1 and 2."""
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    both_have_read, runs = Barrier(2), []

    def copy(source, target):
        def work(session):
            n = session.scalar(READ, {"id": source})
            runs.append(target)
            if runs.count(target) == 1:
                both_have_read.wait(TIMEOUT_S)
            session.execute(WRITE, {"id": target, "n": n + 1})

        return lambda: run_transaction(work)

    assert run_together(inside, copy(1, 2), copy(2, 1)) == [None, None]
    assert sorted(n for _, n in notes()) == [1, 2]
    assert len(runs) == 3, "exactly one had to run again"


def test_two_units_that_count_up_the_same_row_lose_no_count(inside, notes, caplog):
    run_transaction(insert(1, 0))
    both_have_read, runs = Barrier(2), []

    def work(session):
        n = session.scalar(READ, {"id": 1})
        runs.append(n)
        if len(runs) <= 2:
            both_have_read.wait(TIMEOUT_S)
        session.execute(WRITE, {"id": 1, "n": n + 1})

    results = run_together(inside, lambda: run_transaction(work), lambda: run_transaction(work))
    assert results == [None, None]
    assert notes() == [(1, 2)]
    assert runs == [0, 0, 1]
    assert "failed (40001)" in caplog.text


def test_a_deadlock_ends_with_both_units_done(inside, notes, caplog):
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    both_hold_one, runs = Barrier(2), []
    count_up = text("UPDATE notes SET n = n + 1 WHERE id = :id")

    def in_order(first, second):
        def work(session):
            session.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            session.execute(count_up, {"id": first})
            runs.append(first)
            if runs.count(first) == 1:
                both_hold_one.wait(TIMEOUT_S)
            session.execute(count_up, {"id": second})

        return lambda: run_transaction(work)

    assert run_together(inside, in_order(1, 2), in_order(2, 1)) == [None, None]
    assert notes() == [(1, 2), (2, 2)]
    assert "failed (40P01)" in caplog.text


# --- lost connections ----------------------------------------------------------------------


def test_a_session_killed_before_commit_is_run_again_and_takes_effect_once(inside, notes, kill):
    pids = []

    def work(session):
        insert()(session)
        pids.append(session.scalar(PID))
        if len(pids) == 1:
            kill(pids[0])
        session.execute(text("SELECT 1"))

    run_transaction(work)
    assert notes() == [(1, 0)]
    assert len(set(pids)) == 2


@pytest.mark.parametrize("beginning", ["BEGIN", "INSERT"])
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_connection_lost_before_commit_is_no_doubt(wired, wire, notes, lose, beginning):
    getattr(wire, lose)(beginning)
    run_transaction(insert())
    assert notes() == [(1, 0)]
    assert wire.pending_cut is None


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_connection_lost_during_commit_is_told(wired, wire, notes, lose, done):
    """Done or not, from here both look the same; so it is not tried again."""
    getattr(wire, lose)("COMMIT")
    with pytest.raises(AmbiguousCommit) as caught:
        run_transaction(insert())
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert notes() == done
    assert wire.queries.count("COMMIT") == 1


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_idempotent_work_survives_a_connection_lost_during_commit(wired, wire, notes, lose):
    getattr(wire, lose)("COMMIT")
    run_transaction(insert_once(), idempotent=True)
    assert notes() == [(1, 0)]
    assert wire.queries.count("COMMIT") == 2


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_lone_statement_is_its_own_commit(wired, wire, notes, lose, done):
    getattr(wire, lose)("INSERT")
    with pytest.raises(AmbiguousCommit):
        run_transaction(insert(), one_statement=True)
    assert notes() == done


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_an_idempotent_lone_statement_survives_a_lost_connection(wired, wire, notes, lose):
    getattr(wire, lose)("INSERT")
    run_transaction(insert_once(), idempotent=True, one_statement=True)
    assert notes() == [(1, 0)]
    assert len(wire.queries) == 2


def test_a_commit_of_unknown_result_is_told_unless_repeating_is_safe(inside, notes):
    """CockroachDB says 40003 when it does not know itself."""
    runs = []

    def work(session):
        runs.append(1)
        session.execute(fail_with("40003") if len(runs) == 1 else INSERT_ONCE, {"id": 1, "n": 0})

    with pytest.raises(AmbiguousCommit):
        run_transaction(work, one_statement=True)
    runs.clear()
    run_transaction(work, one_statement=True, idempotent=True)
    assert notes() == [(1, 0)]


# --- bounds --------------------------------------------------------------------------------


def fail_with(state):
    return text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")


@pytest.fixture
def clock(inside, monkeypatch):
    """A clock that only pauses move, and the longest pauses that chance allows."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    with stepped_clock(inside) as clock:
        yield clock


def test_attempts_are_counted_and_pauses_double_up_to_the_longest(inside, clock):
    runs = []

    def work(session):
        runs.append(1)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError) as caught:
        run_transaction(work)
    assert sqlstate(caught.value) == "40001"
    assert len(runs) == inside.config["TRANSACTION_ATTEMPTS"] == 8
    assert clock.pauses_ms == [50, 100, 200, 400, 500, 500, 500]


def test_no_attempt_begins_after_the_deadline(inside, clock):
    begun = []

    def work(session):
        begun.append(clock.monotonic())
        clock.advance(0.7)
        session.execute(fail_with("40001"))

    with pytest.raises(OperationalError):
        run_transaction(work)
    assert begun == pytest.approx([0, 0.75, 1.55, 2.45])
    assert begun[-1] * 1000 < inside.config["TRANSACTION_DEADLINE_MS"]


def test_pauses_are_left_to_chance_from_nothing_up(inside, clock, monkeypatch):
    asked = []
    monkeypatch.setattr(random, "uniform", lambda low, high: asked.append((low, high)) or 0)
    with pytest.raises(OperationalError):
        run_transaction(lambda session: session.execute(fail_with("40001")))
    assert asked[:3] == [(0, 50), (0, 100), (0, 200)]


@pytest.mark.parametrize("one_statement", [False, True])
def test_a_refusal_is_not_asked_again(inside, notes, one_statement):
    run_transaction(insert())
    runs = []

    def work(session):
        runs.append(1)
        insert()(session)

    with pytest.raises(IntegrityError) as caught:
        run_transaction(work, one_statement=one_statement)
    assert (sqlstate(caught.value), len(runs)) == ("23505", 1)


def test_an_error_of_the_unit_itself_undoes_it_and_is_raised_as_it_is(inside, notes):
    def work(session):
        insert()(session)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_transaction(work)
    assert notes() == []


# --- one statement -------------------------------------------------------------------------


def test_a_lone_statement_is_one_round_trip(wired, wire, notes):
    run_transaction(insert(), one_statement=True)
    assert wire.queries == ["INSERT INTO notes VALUES (1, 0)"]


def test_a_unit_of_n_statements_takes_n_plus_two_round_trips(wired, wire, notes):
    run_transaction(lambda session: [insert(1)(session), insert(2)(session)])
    assert [query.split()[0] for query in wire.queries] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


def test_execute_write_is_one_round_trip_and_returns_the_rows(wired, wire, notes):
    statement = text("INSERT INTO notes VALUES (1, 5), (2, 6) RETURNING id, n")
    assert execute_write(statement) == [(1, 5), (2, 6)]
    assert [query.split()[0] for query in wire.queries] == ["INSERT"]


def test_execute_write_returns_no_rows_for_a_statement_without_returning(wired, notes):
    assert execute_write(text("INSERT INTO notes VALUES (1, 0)")) == []
    assert notes() == [(1, 0)]


def test_execute_write_repeats_an_idempotent_statement_only(wired, wire, notes):
    wire.drop_result_of("INSERT")
    with pytest.raises(AmbiguousCommit):
        execute_write(INSERT_ONCE.bindparams(id=1, n=0))
    wire.drop_result_of("INSERT")
    execute_write(INSERT_ONCE.bindparams(id=2, n=0), idempotent=True)
    assert notes() == [(1, 0), (2, 0)]


def test_a_lone_statement_may_be_an_object_to_save(wired, wire, make_user):
    make_user()  # for its columns
    wire.take_queries()

    def work(session):
        columns = {"first_name": "A", "last_name": "B", "password_hash": "x", "email": "a@b.org"}
        session.add(User(region="us-east1", city="boston", username="ada", **columns))

    run_transaction(work, one_statement=True)
    assert [query.split()[0] for query in wire.queries] == ["INSERT"]


def test_a_second_statement_in_a_unit_of_one_is_not_sent(wired, wire, notes):
    with pytest.raises(RuntimeError, match="second statement"):
        run_transaction(
            lambda session: [insert(1)(session), insert(2)(session)], one_statement=True
        )
    assert not [query for query in wire.queries if "(2, 0)" in query]


def both(session):
    insert(8)(session)
    insert(9)(session)


ENDINGS = {
    "well": (insert(5), None),
    "refused": (lambda session: session.execute(fail_with("23505")), IntegrityError),
    "raised": (lambda session: {}["key"], KeyError),
    "twice": (both, RuntimeError),
    "nothing sent": (lambda session: None, None),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_after_a_lone_statement_the_connection_is_transactional_again(wired, notes, ending):
    """The pool holds one connection here, so the next unit gets the same one."""
    unit, error = ENDINGS[ending]
    before = run_transaction(lambda session: session.scalar(PID))
    if error:
        with pytest.raises(error):
            run_transaction(unit, one_statement=True)
    else:
        run_transaction(unit, one_statement=True)

    def write_and_fail(session):
        assert session.scalar(PID) == before
        driver = session.connection().connection.dbapi_connection
        assert driver.autocommit is False
        insert(7)(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_transaction(write_and_fail)
    assert 7 not in dict(notes())


# --- what comes back, and misuse -----------------------------------------------------------


def test_rows_that_a_unit_returns_stay_readable(inside, make_user):
    key = make_user("ada").key
    user = run_transaction(lambda session: session.get(User, key))
    assert (user.username, user.city, user.roles) == ("ada", "new york", {"rider"})


def test_each_attempt_gets_a_session_of_its_own(inside, notes):
    sessions = []

    def work(session):
        sessions.append(session)
        session.add(User(username="left over"))  # would fail if the next attempt flushed it
        session.expunge_all()
        if len(sessions) == 1:
            session.execute(fail_with("40001"))

    run_transaction(work)
    assert sessions[0] is not sessions[1]
    assert not sessions[0].in_transaction()


def test_units_run_serializable(inside):
    level = text("SHOW transaction_isolation")
    assert run_transaction(lambda session: session.scalar(level)) == "serializable"
    alone = run_transaction(lambda session: session.scalar(level), one_statement=True)
    assert alone == "serializable"


def test_a_unit_inside_a_unit_is_refused(inside, notes):
    """It would commit even when the outer one is undone, and again when the outer one is retried."""

    def outer(session):
        insert(1)(session)
        run_transaction(insert(2))

    with pytest.raises(RuntimeError, match="inside"):
        run_transaction(outer)
    assert notes() == []
    run_transaction(insert(3))
    assert notes() == [(3, 0)]


def test_a_write_is_not_visible_before_its_unit_ends(inside, notes):
    def work(session):
        insert()(session)
        assert notes() == []
        assert db.session.scalar(text("SELECT count(*) FROM notes")) == 0

    run_transaction(work)
    assert notes() == [(1, 0)]
