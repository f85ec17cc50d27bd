"""The server itself is the trouble: conflicts, deadlocks, slowness, silence, no free connection."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import event, text

from tests.faults.audit import Answer
from tests.faults.conftest import PATIENT
from tests.faults.riders import Rider, at_once
from tests.faults.wiring import ASKING_WHO, ENDING, STARTING, cut, until_one_waits
from tests.wire import wired
from webapp.db.retries import get_retry_counter
from webapp.extensions import db

TOUCH = text("UPDATE vehicles SET brand = brand WHERE id = :id")
LOCK_ACCOUNT = text("SELECT id FROM users WHERE id = :id FOR UPDATE")


@pytest.fixture
def counted(behind):
    """Return what the application behind the wire has counted since the test began."""
    retries = get_retry_counter(behind)
    before = retries.read()
    return lambda: {
        k: n - before.get(k, 0) for k, n in retries.read().items() if n > before.get(k, 0)
    }


@pytest.fixture
def beside():
    """Do something in a thread beside this one; returns its future."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit


# --- 40001 and 40P01 -----------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["start", "end"])
def test_a_conflict_with_another_serializable_transaction_is_not_noticed_by_the_rider(
    admin, make_rider, make_vehicle, check, beside, counted, asked
):
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start(vehicle).ride if asked == "end" else None
    with admin.execution_options(isolation_level="SERIALIZABLE").connect() as other:
        other.execute(TOUCH, {"id": vehicle.id})
        told = beside(rider.end, ride) if ride else beside(rider.start, vehicle)
        until_one_waits(admin)
        other.commit()
    assert told.result().answer is Answer.RIDE
    assert counted() == {("40001", "again"): 1}
    check(rider)


def test_a_crowd_that_wants_the_same_vehicles_gets_one_ride_each(
    server, database, make_user, make_vehicle, check
):
    vehicles = [make_vehicle().key for _ in range(2)]
    with wired(server, database, DATABASE_POOL_SIZE=4) as (behind, _):
        riders = [Rider(behind, make_user(), database) for _ in range(8)]
        wishes = [(rider, vehicle) for rider in riders for vehicle in vehicles]
        told = at_once(*(lambda r=r, v=v: r.start(v) for r, v in wishes))
    check(*riders)
    assert len({one.ride for one in told if one.ride}) == 2
    assert {cause for cause, _ in get_retry_counter(behind).read()} <= {"40001"}


def test_a_deadlock_is_not_noticed_by_the_rider(
    app, server, database, admin, make_user, make_vehicle, check, beside
):
    """A start takes the vehicle and then looks at the account; here somebody goes the other way."""
    # The server looks for a deadlock once: when a lock was waited for so long.
    quick = database.update_query_dict({"options": "-c deadlock_timeout=1s"})
    user, vehicle = make_user(), make_vehicle().key
    with (
        wired(server, quick, DATABASE_POOL_SIZE=4) as (behind, _),
        admin.execution_options(isolation_level="READ COMMITTED").connect() as other,
    ):
        rider = Rider(behind, user, database)
        other.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # the application is to notice it
        other.execute(LOCK_ACCOUNT, {"id": rider.key.id})
        told = beside(rider.start, vehicle)
        until_one_waits(admin)
        other.execute(TOUCH, {"id": vehicle.id})
        other.commit()
        assert told.result().answer is Answer.RIDE
    assert get_retry_counter(behind).read()[("40P01", "again")] == 1
    check(rider)


# --- slow, silent, busy --------------------------------------------------------------------


@pytest.mark.impatient
@pytest.mark.parametrize("asked", ["start", "end"])
def test_a_statement_that_takes_too_long_is_undone_and_told_as_not_done(
    admin, make_rider, make_vehicle, check, counted, asked
):
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start(vehicle).ride if asked == "end" else None
    with admin.execution_options(isolation_level="READ COMMITTED").connect() as other:
        other.execute(TOUCH, {"id": vehicle.id})
        told = rider.end(ride) if ride else rider.start(vehicle)
    assert told.answer is Answer.AWAY
    assert counted() == {("57014", "gave up"): 1}
    check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.impatient
@pytest.mark.parametrize(
    ("beginning", "answer"), [(ASKING_WHO, Answer.AWAY), (STARTING, Answer.UNKNOWN)]
)
def test_a_line_that_falls_silent_is_told_and_what_was_under_way_may_arrive_later(
    wire, make_rider, make_vehicle, check, settle, clock, beginning, answer
):
    rider, vehicle = make_rider(), make_vehicle().key

    def fall_silent(sql):
        if sql.startswith(beginning):
            wire.freeze()
            clock.advance(60)  # beyond the time in which a lost connection is tried again

    wire.on_query = fall_silent
    told = rider.start(vehicle)
    assert told.answer is answer
    wire.on_query = lambda sql: None
    wire.thaw()
    settle()
    check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.impatient
def test_with_no_free_connection_nothing_is_done_and_told_so(
    behind, make_rider, make_vehicle, check, counted
):
    rider, vehicle = make_rider(), make_vehicle().key
    with taken_pool(behind):
        told = rider.start(vehicle)
    assert told.answer is Answer.AWAY
    assert counted() == {("pool", "gave up"): 1}
    check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.impatient
def test_no_free_connection_for_the_second_attempt_leaves_the_first_unknown(
    behind, wire, make_rider, make_vehicle, check, clock, counted
):
    rider, vehicle = make_rider(), make_vehicle().key
    cut(wire, ("answer", STARTING))
    with ExitStack() as busy:
        clock.on_pause = lambda: busy.enter_context(taken_pool(behind))
        told = rider.start(vehicle)
    assert told.answer is Answer.UNKNOWN
    assert counted() == {("lost", "again"): 1, ("pool", "unknown"): 1}
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.impatient
def test_too_slow_a_second_attempt_leaves_the_first_unknown(
    admin, wire, make_rider, make_vehicle, check, clock, counted
):
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start(vehicle).ride
    cut(wire, ("question", ENDING))
    with ExitStack() as busy:
        other = admin.execution_options(isolation_level="READ COMMITTED").connect()
        busy.enter_context(other)
        clock.on_pause = lambda: other.execute(TOUCH, {"id": vehicle.id})
        told = rider.end(ride)
    assert told.answer is Answer.UNKNOWN
    assert counted() == {("lost", "again"): 1, ("57014", "unknown"): 1}
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.parametrize("engine", ["default", "write"])
def test_a_connection_that_is_lost_as_soon_as_it_is_made_is_no_riddle(
    behind, admin, make_rider, make_vehicle, check, engine
):
    """The pool tries a second connection by itself; a third time, SQLAlchemy would call it a
    mistake in the program, and the rider would read of our fault."""
    rider, vehicle = make_rider(), make_vehicle().key
    with behind.app_context():
        pool = db.engines[None if engine == "default" else "write"]

    def end_session(connection, _record):
        with admin.connect() as other:
            pid = connection.info.backend_pid
            assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(pool, "connect", end_session, once=True)
    for connection in [pool.connect() for _ in range(PATIENT["DATABASE_POOL_SIZE"])]:
        end_session(connection.connection.dbapi_connection, None)
        connection.close()
    told = rider.start(vehicle)
    assert told.answer is (Answer.AWAY if engine == "default" else Answer.RIDE)
    check(rider)


def taken_pool(app):
    """Hold every connection of the writing engine."""
    busy = ExitStack()
    with app.app_context():
        engine = db.engines["write"]
    for _ in range(PATIENT["DATABASE_POOL_SIZE"]):
        busy.enter_context(engine.connect())
    return busy
