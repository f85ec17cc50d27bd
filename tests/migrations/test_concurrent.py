"""One migration at a time: real ``db upgrade`` processes on one real database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL

from tests.databases import make_app
from tests.migrations.test_schema import TABLES
from tests.processes import CommandProcess
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.db import migration_lock
from webapp.db.migration_lock import EXPIRY_S, MigrationLock

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
    new_engine = create_engine(url)
    yield new_engine
    new_engine.dispose()


@pytest.fixture
def flask_db(url: URL, tmp_path: Path) -> Iterator[Callable[..., CommandProcess]]:
    """Start ``manage.py db ...`` on that database, in a process of its own."""
    processes: list[CommandProcess] = []
    # A process that waits for a table goes on waiting, however long the next one takes to start.
    patient = url.update_query_dict({"options": f"-c lock_timeout={round(WAIT_TIMEOUT_S)}s"})
    environment = {
        "MOVR_ENV": "test",
        "DATABASE_URL": patient.render_as_string(hide_password=False),
    }

    def start(*arguments: str) -> CommandProcess:
        output = tmp_path / f"output-{len(processes)}"
        processes.append(CommandProcess(output, "db", *arguments, **environment))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


def migrate(url: URL, revision: str = "head") -> None:
    """Upgrade in this process, which is quicker than starting another."""
    with make_app(url).app_context():
        flask_migrate.upgrade(revision=revision)


def check(url: URL) -> None:
    """Fail unless the database is what the models say."""
    with make_app(url).app_context():
        flask_migrate.check()


def wait_for_success(process: CommandProcess) -> str:
    """Wait for the process to end well; return what it wrote."""
    assert process.wait() == 0, process.output
    return process.output


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def rows_of_lock(engine: Engine) -> int | None:
    with engine.connect() as connection:
        rows: int | None = connection.scalar(text("SELECT count(*) FROM migration_lock"))
        return rows


def expire_lock(engine: Engine) -> None:
    """Let the time pass after which a runner that was not heard of is taken for dead."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE migration_lock SET expires_at = now()"))


@contextmanager
def locked_table(engine: Engine, table: str) -> Iterator[Connection]:
    """A long transaction that has locked a table."""
    with engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield connection


def waits_for_a_lock(engine: Engine) -> bool:
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(query))


def test_of_two_upgrades_at_once_one_migrates_and_both_succeed(
    flask_db: Callable[..., CommandProcess], engine: Engine, url: URL
) -> None:
    outputs = [wait_for_success(process) for process in [flask_db("upgrade"), flask_db("upgrade")]]
    assert tables(engine) == ALL
    assert rows_of_lock(engine) == 0
    ran = [text.count("Running upgrade") for text in outputs]
    assert sorted(ran) == [0, sum(ran)], "one did it all, the other found nothing to do"
    check(url)


def test_upgrades_and_a_downgrade_at_once_all_succeed(
    flask_db: Callable[..., CommandProcess], engine: Engine, url: URL
) -> None:
    migrate(url)
    for process in [flask_db("downgrade", "base"), *[flask_db("upgrade") for _ in range(4)]]:
        wait_for_success(process)
    migrate(url)
    assert tables(engine) == ALL
    check(url)


def test_the_second_upgrade_waits_and_names_the_first(
    flask_db: Callable[..., CommandProcess], engine: Engine, url: URL
) -> None:
    migrate(url, "0086_03")
    with locked_table(engine, "users"):  # revision 0086_04 refers to it
        first = flask_db("upgrade")
        wait_until(lambda: waits_for_a_lock(engine))
        second = flask_db("upgrade")
        wait_until(lambda: "Another migration is running" in second.output)
        assert f"process {first.pid}" in second.output
    assert "0086_05 -> 0086_06" in wait_for_success(first)
    output = wait_for_success(second)
    assert "our turn" in output
    assert "Running upgrade" not in output
    assert tables(engine) == ALL


def test_a_killed_upgrade_is_taken_over(
    flask_db: Callable[..., CommandProcess], engine: Engine, url: URL
) -> None:
    migrate(url, "0086_03")
    with locked_table(engine, "users"):
        first = flask_db("upgrade")
        wait_until(lambda: waits_for_a_lock(engine))
        first.kill()
    with engine.connect() as connection:
        remaining = connection.scalar(text("SELECT expires_at - now() FROM migration_lock"))
    assert timedelta(0) < remaining <= timedelta(seconds=EXPIRY_S)
    expire_lock(engine)
    assert "0086_03 -> 0086_04" in wait_for_success(flask_db("upgrade"))
    assert tables(engine) == ALL
    assert rows_of_lock(engine) == 0
    check(url)


def test_commands_that_only_read_do_not_wait(
    flask_db: Callable[..., CommandProcess], url: URL
) -> None:
    migrate(url)
    with MigrationLock(url):
        assert "(head)" in wait_for_success(flask_db("current"))
        check(url)


def test_an_upgrade_gives_up_a_table_that_is_locked_for_long(
    url: URL, engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """While a schema change waits for a table, everybody who comes after it waits as well."""
    monkeypatch.setattr(migration_lock, "TABLE_LOCK_TIMEOUT_S", 1)
    migrate(url, "0086_03")
    with make_app(url).app_context():
        with locked_table(engine, "users"), pytest.raises(SystemExit):
            flask_migrate.upgrade()
        assert "held a table for 1 s" in capfd.readouterr().err
        with engine.connect() as connection:
            assert connection.scalar(text(HEAD)) == "0086_03"
        assert rows_of_lock(engine) == 0
        flask_migrate.upgrade()
    assert tables(engine) == ALL


# --- the lock itself --------------------------------------------------------------------------


def test_of_many_runners_one_works_at_a_time(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_lock, "POLL_S", 0.02)
    owners: list[str] = []
    numbers: list[int] = []

    def migrate_alone() -> None:
        with MigrationLock(url) as lock:
            owners.append(lock.owner)
            numbers.append(len(owners))
            assert MigrationLock(url)._execute(migration_lock.TAKE) is None
            owners.remove(lock.owner)

    with ThreadPoolExecutor(6) as threads:
        runs = [threads.submit(migrate_alone) for _ in range(6)]
    assert [run.result(WAIT_TIMEOUT_S) for run in runs] == [None] * 6
    assert numbers == [1] * 6


def test_the_lock_of_a_running_migration_is_not_taken(url: URL, engine: Engine) -> None:
    def expiry() -> Any:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT expires_at FROM migration_lock"))

    with MigrationLock(url, heartbeat_s=0.05) as first:
        for _ in range(3):
            before = expiry()
            wait_until(lambda: expiry() > before)  # noqa: B023 - called at once
            assert MigrationLock(url)._execute(migration_lock.TAKE) is None
        first.renew()


def test_a_runner_whose_lock_was_taken_stops_before_its_next_step(url: URL, engine: Engine) -> None:
    with MigrationLock(url, heartbeat_s=3600) as first:
        expire_lock(engine)
        with MigrationLock(url):
            with pytest.raises(CommandError, match="took over"):
                first.renew()
            first.__exit__()
            assert MigrationLock(url)._execute(migration_lock.TAKE) is None, "not his to give back"


def test_a_runner_that_waits_too_long_raises_an_error(
    url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_lock, "LOCK_WAIT_TIMEOUT_S", 0.1)
    monkeypatch.setattr(migration_lock, "POLL_S", 0.05)
    with (
        MigrationLock(url),
        pytest.raises(CommandError, match="does not end"),
        MigrationLock(url),
    ):
        pass
