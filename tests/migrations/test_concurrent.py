"""One migration at a time: real ``flask db upgrade`` processes on one real database."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import flask_migrate
import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL

from config import ROOT
from tests.databases import make_app
from tests.migrations.test_schema import TABLES
from webapp.db import migration_lock
from webapp.db.migration_lock import EXPIRY_S, MigrationLock

#: Longer than a busy machine needs for any of these processes.
PATIENCE_S = 300
ALL = {*(table.name for table in TABLES), "alembic_version", "migration_lock"}
HEAD = "SELECT version_num FROM alembic_version"


@pytest.fixture
def url(server: URL, worker_id: str) -> Iterator[URL]:
    """An empty database of our own."""
    name = f"movr_test_concurrent_{worker_id}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    if admin.dialect.name == "cockroachdb":
        pytest.skip("looks into PostgreSQL's system tables")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def flask_db(url: URL) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start ``flask db ...`` on that database, in a process of its own."""
    started: list[subprocess.Popen[str]] = []
    # A process that waits for a table goes on waiting, however long the next one takes to start.
    patient = url.update_query_dict({"options": f"-c lock_timeout={PATIENCE_S}s"})
    address = patient.render_as_string(hide_password=False)

    def start(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "db", *arguments],
            cwd=ROOT,
            env={**os.environ, "MOVR_ENV": "test", "DATABASE_URL": address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def migrate(url: URL, revision: str = "head") -> None:
    """Upgrade in this process, which is quicker than starting another."""
    with make_app(url).app_context():
        flask_migrate.upgrade(revision=revision)


def check(url: URL) -> None:
    """Fail unless the database is what the models say."""
    with make_app(url).app_context():
        flask_migrate.check()


def ended(process: "subprocess.Popen[str]") -> str:
    """Wait for the process to end well; return what it said."""
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    return said


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def rows_of_lock(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM migration_lock"))


def expire_lock(engine: Engine) -> None:
    """Let the time pass after which a runner that was not heard of is taken for dead."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE migration_lock SET expires_at = now()"))


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def held(engine: Engine, table: str) -> Iterator[Connection]:
    """Somebody's long transaction that has a table for itself."""
    with engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield connection


def waits_for_a_lock(engine: Engine) -> bool:
    question = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(question))


def test_two_upgrades_at_once_on_an_empty_database_both_end_well(flask_db, engine, url):
    said = [ended(process) for process in [flask_db("upgrade"), flask_db("upgrade")]]
    assert tables(engine) == ALL
    assert rows_of_lock(engine) == 0
    ran = [text.count("Running upgrade") for text in said]
    assert sorted(ran) == [0, sum(ran)], "one did it all, the other found nothing to do"
    check(url)


def test_five_upgrades_and_a_downgrade_end_well(flask_db, engine, url):
    migrate(url)
    for process in [flask_db("downgrade", "base"), *[flask_db("upgrade") for _ in range(4)]]:
        ended(process)
    migrate(url)
    assert tables(engine) == ALL
    check(url)


def test_the_second_waits_and_says_for_whom(flask_db, engine, url):
    migrate(url, "0086_03")
    with held(engine, "users"):  # revision 0086_04 refers to it
        first = flask_db("upgrade")
        wait_until(lambda: waits_for_a_lock(engine))
        second = flask_db("upgrade")
        line = second.stdout.readline()
        assert "Another migration is running" in line
        assert f"process {first.pid}" in line
    assert "0086_05 -> 0086_06" in ended(first)
    said = ended(second)
    assert "our turn" in said
    assert "Running upgrade" not in said
    assert tables(engine) == ALL


def test_a_killed_upgrade_is_taken_over(flask_db, engine, url):
    migrate(url, "0086_03")
    with held(engine, "users"):
        first = flask_db("upgrade")
        wait_until(lambda: waits_for_a_lock(engine))
        first.send_signal(signal.SIGKILL)
        first.wait()
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT expires_at - now() FROM migration_lock"))
    assert timedelta(0) < left <= timedelta(seconds=EXPIRY_S)
    expire_lock(engine)
    assert "0086_03 -> 0086_04" in ended(flask_db("upgrade"))
    assert tables(engine) == ALL
    assert rows_of_lock(engine) == 0
    check(url)


def test_looking_waits_for_nobody(flask_db, url):
    migrate(url)
    with MigrationLock(url):
        assert "(head)" in ended(flask_db("current"))
        check(url)


def test_a_long_transaction_does_not_block_the_schema_for_ever(url, engine, monkeypatch, capfd):
    """While a schema change waits for a table, everybody who comes after it waits as well."""
    monkeypatch.setattr(migration_lock, "TABLE_LOCK_TIMEOUT_S", 1)
    migrate(url, "0086_03")
    with make_app(url).app_context():
        with held(engine, "users"), pytest.raises(SystemExit):
            flask_migrate.upgrade()
        assert "held a table for 1 s" in capfd.readouterr().err
        with engine.connect() as connection:
            assert connection.scalar(text(HEAD)) == "0086_03"
        assert rows_of_lock(engine) == 0
        flask_migrate.upgrade()
    assert tables(engine) == ALL


# --- the lock itself --------------------------------------------------------------------------


def test_of_many_runners_one_works_at_a_time(url, monkeypatch):
    monkeypatch.setattr(migration_lock, "POLL_S", 0.02)
    inside: list[int] = []
    most: list[int] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with MigrationLock(url):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.02)
                inside.pop()
        except BaseException as error:
            failed.append(error)

    runners = [threading.Thread(target=work) for _ in range(6)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE_S)
    assert failed == []
    assert most == [1] * 6


def test_a_runner_that_lives_is_not_taken_over(url, engine):
    def expiry():
        with engine.connect() as connection:
            return connection.scalar(text("SELECT expires_at FROM migration_lock"))

    with MigrationLock(url, heartbeat_s=0.05) as first:
        for _ in range(3):
            before = expiry()
            wait_until(lambda: expiry() > before)  # noqa: B023 - called at once
            assert MigrationLock(url)._ask(migration_lock.TAKE) is None
        first.hold()


def test_a_runner_that_was_taken_for_dead_stops_before_its_next_step(url, engine):
    with MigrationLock(url, heartbeat_s=3600) as first:
        expire_lock(engine)
        with MigrationLock(url):
            with pytest.raises(CommandError, match="took over"):
                first.hold()
            first.__exit__()
            assert MigrationLock(url)._ask(migration_lock.TAKE) is None, "not his to give back"


def test_whoever_waits_too_long_is_told(url, monkeypatch):
    monkeypatch.setattr(migration_lock, "PATIENCE_S", 0.1)
    monkeypatch.setattr(migration_lock, "POLL_S", 0.05)
    with MigrationLock(url), pytest.raises(CommandError, match="does not end"), MigrationLock(url):
        pass
