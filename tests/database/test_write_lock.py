"""The write lock: on PostgreSQL, riders' writes run one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL

from tests.database.conftest import ReadNotes
from tests.database.notes import INSERT, WRITE
from tests.database_proxy import DatabaseProxy, open_proxied_context
from tests.threads import TIMEOUT_S
from tests.waiting import wait_until
from webapp.db.transactions import execute_write

LOCK = text("LOCK TABLE write_lock IN SHARE UPDATE EXCLUSIVE MODE")
COUNT_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
ADD_TEN = text("UPDATE notes SET n = n + 10 WHERE id = :id")

#: Call a function with the application's context in another thread.
Submit = Callable[[Callable[[], Any]], Future[Any]]


@pytest.fixture
def submit(app: Flask) -> Iterator[Submit]:
    def run(call: Callable[[], Any]) -> Any:
        with app.app_context():
            return call()

    with ThreadPoolExecutor(2) as threads:
        yield lambda call: threads.submit(run, call)


@contextmanager
def other_transaction(database: URL) -> Iterator[Callable[..., Any]]:
    """A transaction of somebody else, committed at the end; calling it executes a statement."""
    engine = create_engine(database)
    try:
        with engine.begin() as connection:
            yield lambda sql, **values: connection.execute(sql, values)
    finally:
        engine.dispose()


def wait_for_waiting(admin: Engine) -> None:
    """Return when a session waits for a lock."""
    with admin.connect() as connection:
        wait_until(lambda: connection.scalar(COUNT_WAITING))


def add_ten(id_: int) -> object:
    return execute_write(ADD_TEN, {"id": id_}, takes_write_lock=True)


def test_the_lock_costs_no_round_trip_and_ends_with_its_statement(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes
) -> None:
    execute_write(INSERT, {"id": 1, "n": 0}, takes_write_lock=True)
    assert (len(proxy.queries), proxy.write_locks) == (1, 1)
    execute_write(INSERT, {"id": 2, "n": 0})
    assert (len(proxy.queries), proxy.write_locks) == (2, 1)


def test_without_the_setting_nothing_is_locked(
    server: URL, database: URL, read_notes: ReadNotes
) -> None:
    with open_proxied_context(server, database, POSTGRESQL_WRITE_LOCK=False) as proxy:
        execute_write(INSERT, {"id": 1, "n": 0}, takes_write_lock=True)
        assert (len(proxy.queries), proxy.write_locks) == (1, 0)


def test_a_write_that_waits_for_the_lock_sees_what_its_holder_commits(
    app_in_context: Flask,
    submit: Submit,
    database: URL,
    admin: Engine,
    read_notes: ReadNotes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its snapshot is taken after the wait: with an older one it would be undone."""
    execute_write(INSERT, {"id": 1, "n": 0})
    with other_transaction(database) as execute:
        execute(LOCK)
        execute(WRITE, id=1, n=1)
        written = submit(lambda: add_ten(1))
        wait_for_waiting(admin)
    written.result(TIMEOUT_S)
    assert read_notes() == [(1, 11)]
    assert "failed" not in caplog.text


def test_a_write_that_waits_for_a_row_leaves_the_lock_to_others(
    app_in_context: Flask,
    submit: Submit,
    database: URL,
    admin: Engine,
    read_notes: ReadNotes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for id_ in (1, 2):
        execute_write(INSERT, {"id": id_, "n": 0})
    with other_transaction(database) as execute:
        execute(WRITE, id=1, n=1)
        waiting = submit(lambda: add_ten(1))
        wait_for_waiting(admin)
        add_ten(2)
        wait_until(lambda: "failed (55P03)" in caplog.text)
        wait_for_waiting(admin)
        assert not waiting.done()
    waiting.result(TIMEOUT_S)
    assert read_notes() == [(1, 11), (2, 10)]
