"""The server is shut down, or crashes, and starts again while riders use it."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from tests.databases import CITIES, make_app, make_database
from tests.factories import PASSWORD
from tests.faults.audit import Answer, audit
from tests.faults.conftest import SETTINGS
from tests.faults.riders import Rider
from tests.faults.steps import wait_for_lock_wait, wait_until
from tests.visitor import Visitor
from webapp.auth.services.registration import Registration, register
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.ops.local_postgres import LocalPostgres
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Place, Point

SIGNALS = {"shut down": signal.SIGINT, "crash": signal.SIGQUIT}
TOUCH = text("UPDATE vehicles SET brand = brand WHERE id = :id")


class Server:
    """A durable PostgreSQL that only these tests use, and an application on it."""

    def __init__(self, home: Path) -> None:
        self.postgres = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""))
        self.postgres.start()
        self.url = make_database(make_url(self.postgres.url()), "movr")
        self.app = make_app(self.url, **SETTINGS)
        self.app.test_client_class = Visitor
        columns = ("name", "region", "timezone", "currency", "lat", "lon")
        with self.app.app_context():
            add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")

    def stop(self, how: str) -> None:
        """Stop the server. A shutdown ends all sessions first; a crash keeps only what is on disk."""
        pid_file = self.postgres.data / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), SIGNALS[how])
        wait_until(lambda: not pid_file.exists() and not self.postgres.is_running())

    def make_rider_and_vehicle(self) -> tuple[Rider, RowKey]:
        name, place = f"u{uuid4().hex[:10]}", Place("Start", Point(40.73, -73.98))
        with self.app.app_context():
            city = catalogue().all()[0]
            registration = Registration(city, "A", "B", name, f"{name}@example.org", PASSWORD)
            user = register(registration, is_email_confirmed=True)
            vehicle = add_vehicle(user, city, VehicleDescription("bike", "Okai", "red", place))
        rider = Rider(self.app, user, self.url)
        rider.read_public_key(vehicle)  # while there is a server to ask
        return rider, vehicle

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Connections that are not of the application."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()

    def run_audit(self, rider: Rider) -> None:
        with self.engine() as engine, engine.connect() as connection:
            audit(connection, rider.records)

    def close(self) -> None:
        with self.app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        self.postgres.stop()


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="movr-restart-"))
    home.chmod(0o755)
    server = Server(home)
    yield server
    server.close()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def clean(own_server: Server) -> Iterator[Server]:
    """The server, running, without rides of other tests."""
    yield own_server
    own_server.postgres.start()
    with own_server.engine() as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM open_rides"))
        connection.execute(text("DELETE FROM rides"))
        connection.execute(text("DELETE FROM vehicles"))


@pytest.mark.parametrize("how", SIGNALS)
def test_a_ride_that_was_answered_before_a_restart_exists_after_it(clean: Server, how: str) -> None:
    rider, vehicle = clean.make_rider_and_vehicle()
    ride = rider.start_ride(vehicle)
    clean.stop(how)
    assert rider.end(ride).answer is Answer.UNAVAILABLE
    assert rider.start(vehicle).answer is Answer.UNAVAILABLE
    clean.postgres.start()
    clean.run_audit(rider)
    assert rider.end(ride).answer is Answer.DONE
    clean.run_audit(rider)


@pytest.mark.parametrize("how", SIGNALS)
def test_a_rider_does_not_notice_a_restart_between_two_requests(clean: Server, how: str) -> None:
    rider, vehicle = clean.make_rider_and_vehicle()
    ride = rider.start_ride(vehicle)
    clean.stop(how)
    clean.postgres.start()
    assert rider.end(ride).answer is Answer.DONE
    clean.run_audit(rider)


@pytest.mark.parametrize("how", SIGNALS)
@pytest.mark.parametrize("action", ["start", "end"])
def test_a_server_that_stops_during_a_request_leaves_it_unknown_until_it_is_repeated(
    clean: Server, action: str, how: str
) -> None:
    rider, vehicle = clean.make_rider_and_vehicle()
    ride = rider.start_ride(vehicle) if action == "end" else None
    with clean.engine() as engine, ThreadPoolExecutor(1) as threads, lock_vehicle(engine, vehicle):
        request = threads.submit(rider.end, ride) if ride else threads.submit(rider.start, vehicle)
        wait_for_lock_wait(engine)
        clean.stop(how)
        record = request.result()
    # The lock may have been released just before the server stopped: then it was done.
    assert record.answer in (Answer.UNKNOWN, Answer.DONE)
    clean.postgres.start()
    clean.run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    clean.run_audit(rider)


@contextmanager
def lock_vehicle(engine: Engine, vehicle: RowKey) -> Iterator[None]:
    """Lock the row of the vehicle, until the block or the server ends."""
    connection = engine.execution_options(isolation_level="READ COMMITTED").connect()
    try:
        connection.execute(TOUCH, {"id": vehicle.id})
        yield
    finally:
        connection.invalidate()
        connection.close()
