"""An application whose database connections go through a proxy, its riders, and an audit that
reads the database without the proxy."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

from tests.clock import SteppedClock
from tests.database_proxy import DatabaseProxy, open_proxied_app
from tests.factories import UserFactory
from tests.faults.audit import audit
from tests.faults.riders import Rider
from tests.faults.steps import read_active_sessions, wait_until
from tests.faults.worker_processes import StartWorker, WorkerProcesses
from webapp.db.retries import RETRY_CLOCK

Settings = dict[str, Any]
RiderFactory = Callable[..., Rider]
RunAudit = Callable[..., None]

SETTINGS: Settings = {
    "DATABASE_POOL_SIZE": 4,
    "TRANSACTION_FIRST_PAUSE_MS": 2,
    "TRANSACTION_LONGEST_PAUSE_MS": 20,
    "LIMIT_RESERVATIONS": (10_000, 3600),
}
#: For tests that wait for a time-out: a hundred times what a statement takes.
SHORT_TIMEOUT_SETTINGS: Settings = {**SETTINGS, "DATABASE_ANSWER_TIMEOUT_MS": 1_000}


@pytest.fixture(autouse=True)
def _postgresql_only(server: URL) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol and reads its system tables")


@pytest.fixture
def proxied_settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of the application behind the proxy; a module may have its own."""
    return SHORT_TIMEOUT_SETTINGS if request.node.get_closest_marker("short_timeouts") else SETTINGS


@pytest.fixture
def app_and_proxy(
    app: Flask, server: URL, database: URL, proxied_settings: Settings
) -> Iterator[tuple[Flask, DatabaseProxy]]:
    with open_proxied_app(server, database, **proxied_settings) as app_and_proxy:
        yield app_and_proxy


@pytest.fixture
def proxied_app(app_and_proxy: tuple[Flask, DatabaseProxy]) -> Flask:
    """The application behind the proxy."""
    return app_and_proxy[0]


@pytest.fixture
def proxy(app_and_proxy: tuple[Flask, DatabaseProxy]) -> DatabaseProxy:
    """The proxy between the application and the database."""
    return app_and_proxy[1]


@pytest.fixture
def clock(proxied_app: Flask) -> SteppedClock:
    """The clock of the application's retries."""
    clock: SteppedClock = proxied_app.extensions[RETRY_CLOCK]
    return clock


@pytest.fixture
def admin(database: URL) -> Iterator[Engine]:
    """Connections to the database that do not go through the proxy."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def make_rider(proxied_app: Flask, make_user: UserFactory, database: URL) -> RiderFactory:
    """Make a rider of the application behind the proxy."""
    return lambda **columns: Rider(proxied_app, make_user(**columns), database)


@pytest.fixture
def wait_until_idle(proxy: DatabaseProxy, admin: Engine) -> Callable[[], None]:
    """Wait until all queries have arrived, and the server has finished them."""

    def is_idle() -> bool:
        return proxy.is_idle() and not read_active_sessions(admin)

    return lambda: wait_until(is_idle)


@pytest.fixture
def run_audit(admin: Engine) -> RunAudit:
    """Audit the tables, and what these riders were answered."""

    def run(*riders: Rider) -> None:
        records = [record for rider in riders for record in rider.records]
        with admin.connect() as connection:
            audit(connection, records)

    return run


@pytest.fixture
def start_worker(database: URL, tmp_path: Path) -> Iterator[StartWorker]:
    """Start ``flask work`` in a process of its own: see WorkerProcesses.start."""
    processes = WorkerProcesses(database, tmp_path)
    yield processes.start
    processes.kill()
