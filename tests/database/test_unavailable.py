"""The database goes away, in every way it can: an error in time, and recovery without a restart."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, Integer, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from tests.database.conftest import KillSession, ReadNotes
from tests.database_proxy import DatabaseProxy, wait_longer_for_answers
from tests.databases import make_app
from tests.waiting import wait_until
from webapp.db.errors import is_unavailable, sqlstate
from webapp.db.retries import RETRY_CLOCK, RetryClock
from webapp.db.transactions import AmbiguousCommit, run_transaction
from webapp.extensions import db

PID = select(func.pg_backend_pid(type_=Integer))
COUNT_UP = text("UPDATE notes SET n = n + 1 WHERE id = 1")
SHORT = {
    "TRANSACTION_RECONNECT_MS": 200,
    "DATABASE_ANSWER_TIMEOUT_MS": 1_000,
    "TRANSACTION_DEADLINE_MS": 1_000,
}
#: Ask the database something, as an application does.
Work = Callable[[], int]
pytestmark = pytest.mark.short_timeouts


@pytest.fixture(autouse=True)
def _no_second_attempt_after_a_timeout(request: pytest.FixtureRequest) -> None:
    """As in every environment: a timeout lasts longer than connections are tried again."""
    if "proxied_app" in request.fixturenames:
        app = request.getfixturevalue("proxied_app")
        app.config["TRANSACTION_DEADLINE_MS"] = app.config["DATABASE_ANSWER_TIMEOUT_MS"]
        app.config["TRANSACTION_RECONNECT_MS"] = app.config["DATABASE_ANSWER_TIMEOUT_MS"] // 5
        app.extensions[RETRY_CLOCK] = RetryClock()


def read() -> int:
    return db.session.scalars(PID).one()


def write() -> int:
    return run_transaction(lambda session: session.scalars(PID).one())


def write_alone() -> int:
    return run_transaction(lambda session: session.scalars(PID).one(), one_statement=True)


def real_app(url: URL) -> Flask:
    """An application that measures its retries in real time."""
    app = make_app(url, **SHORT)
    app.extensions[RETRY_CLOCK] = RetryClock()
    return app


@contextmanager
def unavailable() -> Iterator[pytest.ExceptionInfo[DBAPIError | AmbiguousCommit]]:
    """Expect an error that says that the database is away. Without its time-outs, a call would
    wait for ever."""
    errors: tuple[type[DBAPIError | AmbiguousCommit], ...] = (DBAPIError, AmbiguousCommit)
    with pytest.raises(errors) as caught:
        yield caught
    if not isinstance(caught.value, AmbiguousCommit):
        assert is_unavailable(caught.value), caught.value


@pytest.fixture
def kill_session(kill_session: KillSession, proxy: DatabaseProxy) -> KillSession:
    """The same, and wait until the proxy has closed the application's connection too."""

    def kill_and_wait(pid: int) -> None:
        remaining = proxy.count_open_sockets() - 2
        kill_session(pid)
        wait_until(lambda: proxy.count_open_sockets() == remaining)

    return kill_and_wait


# --- the server hangs up -------------------------------------------------------------------


@pytest.mark.parametrize("work", [read, write, write_alone])
def test_a_connection_closed_while_idle_is_replaced_without_a_warning(
    proxied_app: Flask,
    kill_session: KillSession,
    caplog: pytest.LogCaptureFixture,
    work: Work,
) -> None:
    before = work()
    db.session.remove()
    kill_session(before)
    assert work() != before
    assert "failed" not in caplog.text, "not even a second attempt"


def test_all_connections_closed_at_once_are_replaced(
    proxied_app: Flask, kill_session: KillSession
) -> None:
    for pid in {read(), write()}:
        kill_session(pid)
    db.session.remove()
    assert read()
    assert write()


def test_replacing_a_connection_sends_no_ping(proxied_app: Flask, proxy: DatabaseProxy) -> None:
    for _ in range(2):
        read()
        db.session.remove()
    assert len(proxy.queries) == 2


def test_a_read_on_a_lost_connection_fails_once(
    proxied_app: Flask, kill_session: KillSession
) -> None:
    kill_session(read())
    with unavailable():
        read()
    db.session.remove()
    assert read()


# --- the server does not answer ------------------------------------------------------------


@pytest.mark.parametrize("work", [read, write, write_alone])
def test_a_server_that_stops_answering_is_unavailable_until_it_answers_again(
    proxied_app: Flask, proxy: DatabaseProxy, work: Work
) -> None:
    before = work()
    proxy.freeze()
    with unavailable():
        work()
    db.session.remove()
    with unavailable():  # a new connection gets no further
        work()
    db.session.remove()
    proxy.thaw()
    assert work() != before


@pytest.mark.parametrize("work", [read, write])
def test_a_server_that_accepts_and_never_answers_is_unavailable(database: URL, work: Work) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = make_url(f"postgresql+psycopg2://movr@127.0.0.1:{port}/movr")
        with real_app(url).app_context(), unavailable():
            work()


@pytest.mark.parametrize("work", [read, write])
def test_a_port_where_nobody_listens_is_unavailable(work: Work) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = make_url(f"postgresql+psycopg2://movr@127.0.0.1:{port}/movr")
    with real_app(url).app_context(), unavailable():
        work()


@pytest.mark.parametrize("engine", ["read", "write"])
def test_a_connection_to_a_frozen_server_process_times_out_and_is_not_reused(
    proxied_app: Flask, server: URL, engine: str
) -> None:
    if os.geteuid() != 0 or not str(server.query.get("host", "")).startswith("/"):
        pytest.skip("needs root, to freeze a process of a server on this machine")
    work = read if engine == "read" else write
    before = work()
    os.kill(before, signal.SIGSTOP)
    try:
        with unavailable():
            work()
        db.session.remove()
        assert work() != before
    finally:
        os.kill(before, signal.SIGCONT)


def test_a_slow_statement_is_stopped_by_the_server_and_rolled_back(
    proxied_app: Flask, read_notes: ReadNotes
) -> None:
    """The server's limit is the shorter one: so it is no doubt whether the work was done."""
    wait_longer_for_answers(proxied_app)
    run_transaction(lambda session: session.execute(text("INSERT INTO notes VALUES (1, 0)")))
    slow = text("UPDATE notes SET n = 1 FROM pg_sleep(2) WHERE id = 1")
    with unavailable() as caught:
        run_transaction(lambda session: session.execute(slow), one_statement=True)
    assert isinstance(caught.value, DBAPIError)
    assert sqlstate(caught.value) == "57014"
    assert read_notes() == [(1, 0)]
    assert write()


def test_the_wait_for_a_locked_row_is_bounded(
    proxied_app: Flask, read_notes: ReadNotes, admin: Engine
) -> None:
    run_transaction(lambda session: session.execute(text("INSERT INTO notes VALUES (1, 0)")))
    with admin.execution_options(isolation_level="READ COMMITTED").connect() as other:
        other.execute(COUNT_UP)
        with unavailable():
            run_transaction(lambda session: session.execute(COUNT_UP))
        other.commit()
    run_transaction(lambda session: session.execute(COUNT_UP))
    assert read_notes() == [(1, 2)]


def test_statement_errors_are_not_outages(proxied_app: Flask) -> None:
    for sql in ("SELECT 1 / 0", "SELECT no_such_column", "SELECT 'x'::integer"):
        with pytest.raises(DBAPIError) as caught:
            db.session.execute(text(sql))
        assert not is_unavailable(caught.value), sql
