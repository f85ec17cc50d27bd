"""While the database does not answer, requests fail at once, and one of them tries again."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import literal, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from tests.clock import SteppedClock
from tests.database_proxy import DatabaseProxy, open_proxied_app
from tests.threads import run_together
from tests.waiting import wait_until
from webapp.db.circuit_breaker import CircuitBreaker, DatabaseUnresponsive
from webapp.db.retries import RETRY_CLOCK, get_retry_counter
from webapp.db.transactions import AmbiguousCommit, run_transaction
from webapp.extensions import db

OPEN_S = 2.0


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(OPEN_S, clock)


def may_pass(breaker: CircuitBreaker) -> bool:
    try:
        breaker.check()
    except DatabaseUnresponsive:
        return False
    return True


def test_a_new_circuit_breaker_is_closed(breaker: CircuitBreaker) -> None:
    assert may_pass(breaker)


def test_a_timeout_without_any_answer_opens_the_circuit(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_timeout(waiting_since=clock.now - 1)
    clock.now += OPEN_S - 0.1
    assert [may_pass(breaker) for _ in range(3)] == [False] * 3


def test_an_answer_of_another_node_during_a_timeout_keeps_the_circuit_closed(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_answer()  # of another node, while the frozen one was waited for
    breaker.record_timeout(waiting_since=clock.now - 1)
    assert may_pass(breaker)


def test_an_answer_before_the_wait_does_not_keep_the_circuit_closed(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_answer()
    clock.now += 3
    breaker.record_timeout(waiting_since=clock.now - 1)
    assert not may_pass(breaker)


def test_a_half_open_circuit_lets_one_call_pass_whose_answer_closes_it(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_timeout(waiting_since=clock.now - 1)
    clock.now += OPEN_S
    assert [may_pass(breaker) for _ in range(3)] == [True, False, False]
    breaker.record_answer()
    assert [may_pass(breaker) for _ in range(3)] == [True] * 3


def test_a_probe_that_times_out_opens_the_circuit_again(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_timeout(waiting_since=clock.now - 1)
    clock.now += OPEN_S
    assert may_pass(breaker)
    breaker.record_timeout(waiting_since=clock.now)
    clock.now += OPEN_S - 0.1
    assert not may_pass(breaker)
    clock.now += 0.1
    assert may_pass(breaker)


def test_a_probe_that_ends_without_answer_or_timeout_does_not_block_the_next(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_timeout(waiting_since=clock.now - 1)
    for _ in range(3):
        clock.now += OPEN_S
        assert [may_pass(breaker), may_pass(breaker)] == [True, False]


def test_opening_and_closing_are_logged_once(
    breaker: CircuitBreaker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        breaker.record_timeout(waiting_since=clock.now)
        clock.now += OPEN_S
    for _ in range(3):
        breaker.record_answer()
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "the database does not answer: requests fail at once"),
        (logging.WARNING, "the database answers again"),
    ]


def test_a_circuit_breaker_with_open_s_0_never_opens(clock: Clock) -> None:
    breaker = CircuitBreaker(0, clock)
    breaker.record_timeout(waiting_since=clock.now)
    assert may_pass(breaker)


# --- in an application ------------------------------------------------------------------------


@pytest.fixture
def frozen(app: Flask, server: URL, database: URL) -> Iterator[tuple[Flask, DatabaseProxy]]:
    """An application whose database has stopped to answer, which one request has noticed."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    settings = {"CIRCUIT_OPEN_S": OPEN_S, "DATABASE_ANSWER_TIMEOUT_MS": 1_000}
    with open_proxied_app(server, database, DATABASE_POOL_SIZE=2, **settings) as (proxied, proxy):
        proxy.freeze()
        assert proxied.test_client().get("/vehicles").status_code == 503
        yield proxied, proxy


def read() -> int:
    return db.session.scalars(select(literal(1))).one()


def write() -> int:
    return run_transaction(lambda session: session.scalars(select(literal(1))).one())


def test_requests_fail_at_once_and_say_when_to_come_back(
    frozen: tuple[Flask, DatabaseProxy], caplog: pytest.LogCaptureFixture
) -> None:
    app, proxy = frozen
    proxy.take_queries()
    caplog.clear()
    for _ in range(3):
        page = app.test_client().get("/vehicles")
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) >= OPEN_S
    assert proxy.take_queries() == []
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_reads_and_writes_fail_before_anything_is_sent(
    frozen: tuple[Flask, DatabaseProxy],
) -> None:
    app, proxy = frozen
    proxy.take_queries()
    errors = run_together(app, read, write, write)
    assert [type(error) for error in errors] == [DatabaseUnresponsive] * 3
    assert proxy.take_queries() == []
    assert get_retry_counter(app).read() == {("circuit", "gave up"): 2}


def test_pages_without_queries_work_while_the_circuit_is_open(
    frozen: tuple[Flask, DatabaseProxy],
) -> None:
    app, _ = frozen
    client = app.test_client()
    for path in ("/health/live", "/static/css/movr.css", "/login"):
        assert client.get(path).status_code == 200


def test_a_successful_probe_lets_all_requests_pass(frozen: tuple[Flask, DatabaseProxy]) -> None:
    app, proxy = frozen
    clock: SteppedClock = app.extensions[RETRY_CLOCK]
    clock.advance(OPEN_S)
    with app.app_context(), pytest.raises((DBAPIError, AmbiguousCommit)):
        read()
    assert [type(error) for error in run_together(app, read, write)] == [DatabaseUnresponsive] * 2
    proxy.thaw()
    clock.advance(OPEN_S)
    assert app.test_client().get("/vehicles").status_code == 200
    assert run_together(app, read, write) == [1, 1]
    wait_until(proxy.is_idle)
