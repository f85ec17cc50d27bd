"""What all tests use: a real, migrated database of its own for each worker, and visitors.

Without DATABASE_URL a PostgreSQL is started for the run and thrown away after it. With one, that
server is used, in databases named ``movr_test_*``.
"""

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import current_thread
from threading import enumerate as enumerate_threads
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from tests.api.declared_problems import check_declared_problems
from tests.cache_clocks import stop_cache_clocks
from tests.databases import (
    DELETE_ALL_ROWS,
    TEMPLATE,
    add_cities,
    add_delete_function,
    dispose_engines,
    make_app,
    make_database,
    refuse_a_statement_for_each_row,
)
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory, fill_caches
from tests.redis_server import RedisServer, require_redis
from tests.visitor import Visitor
from webapp.auth.oauth.services.signing_keys import keys_cache
from webapp.db.write_buffer import write_buffers
from webapp.extensions import db
from webapp.fleet.alerts.settings import settings_cache
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.saved_replies.queries import replies_cache
from webapp.fleet.vehicle_types.settings import types_cache
from webapp.fleet.zones.cache import zone_cache
from webapp.notices.published_notices import clear_caches as clear_notice_caches
from webapp.observability.execution import enter
from webapp.ops.local_postgres import LocalPostgres
from webapp.regions.catalogue import catalogue
from webapp.riders.notifications.push.vapid import push_key_cache
from webapp.texts.published_texts import texts_cache

# How long an example takes depends on what else the machine does.
settings.register_profile("movr", deadline=None)
settings.load_profile("movr")

# --- the database server, once for all workers ---------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    # With xdist this process collects no tests: a mistyped path would be a run without any.
    for argument in config.args:
        path = argument.partition("::")[0]
        if not Path(config.invocation_params.dir, path).exists():
            raise pytest.UsageError(f"file or directory not found: {path}")
    home = Path(tempfile.mkdtemp(prefix="movr-test-"))
    home.chmod(0o755)
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ["MOVR_TEST_INSTANCE"] = str(home / "instance")
    if database_url := os.environ.pop("DATABASE_URL", ""):
        server = make_url(database_url)
    else:
        cluster = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""), durable=False)
        cluster.start()
        config.add_cleanup(cluster.stop)
        server = make_url(cluster.url())
    os.environ["MOVR_TEST_SERVER"] = server.render_as_string(hide_password=False)
    if server.get_backend_name() == "postgresql":
        make_database(server, TEMPLATE)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Import the tests, each worker from another one on: what one has compiled, the others read. In
    a fresh clone that takes longest. A module that fails is reported when it is collected."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    tests = Path(__file__).parent
    files = sorted(tests.rglob("test_*.py"))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as when tests are collected
        for file in files[first:] + files[:first]:
            with suppress(Exception, pytest.skip.Exception):
                import_module(".".join(file.relative_to(tests.parent).with_suffix("").parts))


#: Their tests start servers and browsers, wait for time-outs, step through migrations or ask every
#: route. A slow test of another folder, more than a quarter of a second, has the marker itself.
SLOW_FOLDERS = {
    "audit", "bench", "browser", "database", "deployment", "faults", "migrations", "ops", "performance",
    "project", "races", "surface", "web",
}  # fmt: skip


#: The modules of the longest tests: 3 to 20 s of processor time each.
LONGEST_MODULES = {
    "test_access", "test_accessibility", "test_anonymity", "test_benches", "test_checks",
    "test_extra_fields", "test_first_requests", "test_fuzz", "test_growth", "test_job_schedules",
    "test_large_account_deletion", "test_online", "test_round_trips", "test_schedules", "test_serve",
    "test_staff_cities", "test_style", "test_two_releases", "test_walk",
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow folders, and begin with the longest and then all that are slow, so
    that no worker is left with a long one at the end.
    """
    tests = Path(__file__).parent
    for item in items:
        if item.path.relative_to(tests).parts[0] in SLOW_FOLDERS:
            item.add_marker("slow")
    items.sort(
        key=lambda item: (
            item.path.stem not in LONGEST_MODULES,
            item.get_closest_marker("slow") is None,
        )
    )


def pytest_collection_finish() -> None:
    """What is loaded now stays for the run: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def server() -> URL:
    return make_url(os.environ["MOVR_TEST_SERVER"])


@pytest.fixture(scope="session")
def database(server: URL, worker_id: str) -> URL:
    """This worker's own migrated database."""
    template = TEMPLATE if server.get_backend_name() == "postgresql" else ""
    return make_database(server, f"movr_test_{worker_id}", template)


# --- the application, once for each worker --------------------------------------------------


@pytest.fixture(scope="session")
def app(database: URL) -> Iterator[Flask]:
    application = make_app(database)
    application.test_client_class = Visitor
    check_declared_problems(application)
    add_cities(application)
    add_delete_function(application)
    refuse_a_statement_for_each_row(application)
    yield application
    dispose_engines(application)


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """An application context, for tests that call services."""
    with app.app_context():
        yield


@pytest.fixture(autouse=True)
def _skip_plans_of_another_database(request: pytest.FixtureRequest) -> None:
    """``EXPLAIN (FORMAT JSON)`` and ``VACUUM`` are PostgreSQL's (tests/explain.py)."""
    if not request.node.get_closest_marker("postgresql_plans"):
        return
    if request.getfixturevalue("server").get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")


@pytest.fixture(autouse=True)
def _clean_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test that used the application, its rows go; the four cities stay."""
    yield
    enter(None)  # a request whose response nobody read to its end is still the current one
    if "app" not in request.fixturenames:
        return
    app: Flask = request.getfixturevalue("app")
    app.extensions["mailman"].outbox.clear()
    for buffer in write_buffers(app).values():
        buffer.clear()
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.exec_driver_sql(DELETE_ALL_ROWS)
        catalogue().forget()
        plan_cache().forget()
        types_cache().clear()
        keys_cache().clear()
        push_key_cache().clear()
        replies_cache().clear()
        zone_cache().forget()
        settings_cache().clear()
        texts_cache().clear()
        clear_notice_caches()
        app.extensions["movr_colleagues"].clear()
        app.extensions["movr_report_tags"].clear()


# --- people and things ----------------------------------------------------------------------


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not signed in."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def make_user(app: Flask) -> UserFactory:
    return UserFactory(app)


@pytest.fixture
def rider(app: Flask, make_user: UserFactory) -> Visitor:
    """A signed-in rider who lives in New York."""
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user())


@pytest.fixture
def make_vehicle(app: Flask) -> VehicleFactory:
    return VehicleFactory(app)


@pytest.fixture
def row(app: Flask) -> RowReader:
    return RowReader(app)


@pytest.fixture
def make_plan(app: Flask) -> PlanFactory:
    return PlanFactory(app)


@pytest.fixture
def round_trips(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Count how often the application speaks to the database; calling it returns and restarts.

    A statement is one trip. A transaction of several adds BEGIN and COMMIT. Neither a thread
    of an earlier test nor time that passes adds any: caches of settings stay, and "last seen" is
    not due.
    """
    monkeypatch.setitem(app.config, "SESSION_SEEN_EVERY_S", 24 * 3600)
    trips: list[str] = []
    open_transactions: list[bool] = []
    earlier_threads = set(enumerate_threads()) - {current_thread()}

    def statement(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        if current_thread() in earlier_threads:
            return
        trips.append(sql)
        if not connection.connection.dbapi_connection.autocommit:
            open_transactions[:] = [True]

    def finished(connection: Any) -> None:
        if open_transactions and current_thread() not in earlier_threads:
            trips.extend(["BEGIN", "COMMIT"])
        open_transactions.clear()

    with app.app_context():
        engines, writing = list(db.engines.values()), db.engines["write"]
        fill_caches()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", statement)
    event.listen(writing, "commit", finished)

    def count() -> int:
        number = len(trips)
        trips.clear()
        return number

    with stop_cache_clocks(app):
        yield count
    for engine in engines:
        event.remove(engine, "before_cursor_execute", statement)
    event.remove(writing, "commit", finished)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    require_redis()
    server = RedisServer(tmp_path)
    yield server
    server.kill()
