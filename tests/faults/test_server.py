"""The server causes the fault: conflicts, deadlocks, slow statements, no response, no free connection."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import URL

from tests.clock import SteppedClock
from tests.database_proxy import DatabaseProxy, open_proxied_app, wait_longer_for_answers
from tests.factories import UserFactory, VehicleFactory
from tests.faults.audit import Answer, RequestRecord
from tests.faults.conftest import SETTINGS, RiderFactory, RunAudit
from tests.faults.riders import Rider
from tests.faults.steps import (
    END_RIDE,
    SELECT_USER,
    START_RIDE,
    cut_connections,
    wait_for_lock_wait,
)
from tests.threads import run_in_threads
from webapp.db.retries import get_retry_counter
from webapp.extensions import db

CountRetries = Callable[[], dict[tuple[str, str], int]]
Submit = Callable[..., Future[RequestRecord]]

TOUCH = text("UPDATE vehicles SET brand = brand WHERE id = :id")
LOCK_ACCOUNT = text("SELECT id FROM users WHERE id = :id FOR UPDATE")


@pytest.fixture
def count_retries(proxied_app: Flask) -> CountRetries:
    """Return the retries of the application behind the proxy since the test began."""
    retries = get_retry_counter(proxied_app)
    before = retries.read()
    return lambda: {
        key: number - before.get(key, 0)
        for key, number in retries.read().items()
        if number > before.get(key, 0)
    }


@pytest.fixture
def submit() -> Iterator[Submit]:
    """Run a call in another thread; returns its future."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit


# --- 40001 and 40P01 -----------------------------------------------------------------------


@pytest.mark.parametrize("action", ["start", "end"])
def test_a_rider_does_not_notice_a_serialization_conflict(
    admin: Engine,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    submit: Submit,
    count_retries: CountRetries,
    action: str,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start_ride(vehicle) if action == "end" else None
    with admin.execution_options(isolation_level="SERIALIZABLE").connect() as other:
        other.execute(TOUCH, {"id": vehicle.id})
        future = submit(rider.end, ride) if ride else submit(rider.start, vehicle)
        wait_for_lock_wait(admin)
        other.commit()
    assert future.result().answer is Answer.DONE
    assert count_retries() == {("40001", "again"): 1}
    run_audit(rider)


def test_many_riders_who_start_the_same_two_vehicles_get_two_rides(
    server: URL,
    database: URL,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
) -> None:
    vehicles = [make_vehicle().key for _ in range(2)]
    with open_proxied_app(server, database, DATABASE_POOL_SIZE=4) as (proxied_app, _):
        riders = [Rider(proxied_app, make_user(), database) for _ in range(8)]
        pairs = [(rider, vehicle) for rider in riders for vehicle in vehicles]
        records = run_in_threads(*(partial(rider.start, vehicle) for rider, vehicle in pairs))
    run_audit(*riders)
    assert len({record.ride_key for record in records if record.ride_key}) == 2
    assert {cause for cause, _ in get_retry_counter(proxied_app).read()} <= {"40001"}


def test_a_rider_does_not_notice_a_deadlock(
    app: Flask,
    server: URL,
    database: URL,
    admin: Engine,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    submit: Submit,
) -> None:
    """A start locks the vehicle and then the account; the other transaction in reverse order."""
    # The server looks for a deadlock once: after a session has waited so long for a lock.
    quick = database.update_query_dict({"options": "-c deadlock_timeout=1s"})
    user, vehicle = make_user(), make_vehicle().key
    settings = {"DATABASE_POOL_SIZE": 4, "POSTGRESQL_WRITE_LOCK": False}
    with (
        open_proxied_app(server, quick, **settings) as (proxied_app, _),
        admin.execution_options(isolation_level="READ COMMITTED").connect() as other,
    ):
        rider = Rider(proxied_app, user, database)
        other.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # the application gets the error
        other.execute(LOCK_ACCOUNT, {"id": rider.key.id})
        future = submit(rider.start, vehicle)
        wait_for_lock_wait(admin)
        other.execute(TOUCH, {"id": vehicle.id})
        other.commit()
        assert future.result().answer is Answer.DONE
    assert get_retry_counter(proxied_app).read()[("40P01", "again")] == 1
    run_audit(rider)


# --- slow, not responding, busy --------------------------------------------------------------------


@pytest.mark.short_timeouts
@pytest.mark.parametrize("action", ["start", "end"])
def test_a_statement_that_takes_too_long_is_cancelled_and_answered_as_not_done(
    proxied_app: Flask,
    admin: Engine,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    count_retries: CountRetries,
    action: str,
) -> None:
    wait_longer_for_answers(proxied_app)
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start_ride(vehicle) if action == "end" else None
    with admin.execution_options(isolation_level="READ COMMITTED").connect() as other:
        other.execute(TOUCH, {"id": vehicle.id})
        record = rider.end(ride) if ride else rider.start(vehicle)
    assert record.answer is Answer.UNAVAILABLE
    assert count_retries() == {("55P03", "again"): 1, ("57014", "gave up"): 1}
    run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.short_timeouts
@pytest.mark.parametrize(
    ("beginning", "answer"), [(SELECT_USER, Answer.UNAVAILABLE), (START_RIDE, Answer.UNKNOWN)]
)
def test_a_query_that_arrives_after_its_timeout_is_answered_with_its_true_result(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    wait_until_idle: Callable[[], None],
    clock: SteppedClock,
    beginning: str,
    answer: Answer,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key

    def stop_responding(sql: str) -> None:
        if sql.startswith(beginning):
            proxy.freeze()
            clock.advance(60)  # beyond the time in which a lost connection is tried again

    proxy.on_query = stop_responding
    record = rider.start(vehicle)
    assert record.answer is answer
    proxy.on_query = lambda sql: None
    proxy.thaw()
    wait_until_idle()
    run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.short_timeouts
def test_without_a_free_connection_a_start_is_answered_as_not_done(
    proxied_app: Flask,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    count_retries: CountRetries,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    with borrow_all_connections(proxied_app):
        record = rider.start(vehicle)
    assert record.answer is Answer.UNAVAILABLE
    assert count_retries() == {("pool", "gave up"): 1}
    run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.short_timeouts
def test_without_a_free_connection_for_the_second_attempt_the_first_is_unknown(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    clock: SteppedClock,
    count_retries: CountRetries,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    cut_connections(proxy, ("result", START_RIDE))
    with ExitStack() as stack:
        clock.on_pause = lambda: stack.enter_context(borrow_all_connections(proxied_app))
        record = rider.start(vehicle)
    assert record.answer is Answer.UNKNOWN
    assert count_retries() == {("lost", "again"): 1, ("pool", "unknown"): 1}
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.short_timeouts
def test_after_a_second_attempt_that_is_too_slow_the_first_is_unknown(
    admin: Engine,
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    clock: SteppedClock,
    count_retries: CountRetries,
    proxied_app: Flask,
) -> None:
    wait_longer_for_answers(proxied_app)
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start_ride(vehicle)
    cut_connections(proxy, ("query", END_RIDE))
    with ExitStack() as stack:
        other = admin.execution_options(isolation_level="READ COMMITTED").connect()
        stack.enter_context(other)
        clock.on_pause = lambda: other.execute(TOUCH, {"id": vehicle.id})
        record = rider.end(ride)
    assert record.answer is Answer.UNKNOWN
    assert count_retries() == {("lost", "again"): 1, ("57014", "unknown"): 1}
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.parametrize("engine", ["default", "write"])
def test_a_new_connection_that_is_lost_at_once_is_answered_as_unavailable(
    proxied_app: Flask,
    admin: Engine,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    engine: str,
) -> None:
    """The pool tries a second connection by itself; after a third loss SQLAlchemy raises an
    error of the program, and the page would be a 500."""
    rider, vehicle = make_rider(), make_vehicle().key
    with proxied_app.app_context():
        pool = db.engines[None if engine == "default" else "write"]

    def end_session(connection: Any, _record: object) -> None:  # of psycopg2, untyped
        with admin.connect() as other:
            pid = connection.info.backend_pid
            assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(pool, "connect", end_session, once=True)
    for connection in [pool.connect() for _ in range(SETTINGS["DATABASE_POOL_SIZE"])]:
        end_session(connection.connection.dbapi_connection, None)
        connection.close()
    record = rider.start(vehicle)
    assert record.answer is (Answer.UNAVAILABLE if engine == "default" else Answer.DONE)
    run_audit(rider)


def borrow_all_connections(app: Flask) -> ExitStack:
    """Borrow every connection of the engine for writing; closing the result returns them."""
    borrowed = ExitStack()
    with app.app_context():
        engine = db.engines["write"]
    for _ in range(SETTINGS["DATABASE_POOL_SIZE"]):
        borrowed.enter_context(engine.connect())
    return borrowed
