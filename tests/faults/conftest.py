"""An application behind a wire, its riders, and an auditor who looks past the wire."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

from tests.clock import SteppedClock
from tests.factories import UserFactory
from tests.faults.audit import audit
from tests.faults.riders import Rider
from tests.faults.wiring import busy, until
from tests.wire import Wire, wired
from webapp.db.retries import RETRY_CLOCK

Settings = dict[str, Any]

PATIENT: Settings = {
    "DATABASE_POOL_SIZE": 4,
    "TRANSACTION_FIRST_PAUSE_MS": 2,
    "TRANSACTION_LONGEST_PAUSE_MS": 20,
    "LIMIT_RESERVATIONS": (10_000, 3600),
}
#: For tests that wait for a time-out: a hundred times what a statement takes.
IMPATIENT: Settings = {**PATIENT, "DATABASE_ANSWER_TIMEOUT_MS": 1_000}


@pytest.fixture(autouse=True)
def _postgresql_only(server: URL) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol and reads its system tables")


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> Settings:
    """Settings of the application behind the wire; a module may have its own."""
    return IMPATIENT if request.node.get_closest_marker("impatient") else PATIENT


@pytest.fixture
def cable(
    app: Flask, server: URL, database: URL, patience: Settings
) -> Iterator[tuple[Flask, Wire]]:
    with wired(server, database, **patience) as both:
        yield both


@pytest.fixture
def clock(behind: Flask) -> SteppedClock:
    """The clock of the application's retries."""
    clock: SteppedClock = behind.extensions[RETRY_CLOCK]
    return clock


@pytest.fixture
def wire(cable: tuple[Flask, Wire]) -> Wire:
    """The wire between the application and the database."""
    return cable[1]


@pytest.fixture
def behind(cable: tuple[Flask, Wire]) -> Flask:
    """The application behind the wire."""
    return cable[0]


@pytest.fixture
def admin(database: URL) -> Iterator[Engine]:
    """Connections that are none of the application's, and pass by the wire."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def make_rider(behind: Flask, make_user: UserFactory, database: URL) -> Callable[..., Rider]:
    """Make a rider who speaks to the application behind the wire."""
    return lambda **columns: Rider(behind, make_user(**columns), database)


@pytest.fixture
def settle(wire: Wire, admin: Engine) -> Callable[[], None]:
    """Wait until whatever was sent has arrived, and the server is done with it."""

    def is_quiet() -> bool:
        return wire.is_empty() and not busy(admin)

    return lambda: until(is_quiet)


@pytest.fixture
def check(admin: Engine) -> Callable[..., None]:
    """Audit the tables, and what these riders were told."""

    def check(*riders: Rider) -> None:
        told = [one for rider in riders for one in rider.told]
        with admin.connect() as connection:
            audit(connection, told)

    return check
