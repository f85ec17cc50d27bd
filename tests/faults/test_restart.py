"""The server is stopped and started again under riders: in order, and in a crash."""

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
from tests.faults.conftest import PATIENT
from tests.faults.riders import Rider
from tests.faults.wiring import until, until_one_waits
from tests.visitor import Visitor
from webapp.auth.services.registration import Registration, register
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.ops.local_postgres import LocalPostgres
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Place, Point

SIGNALS = {"in order": signal.SIGINT, "in a crash": signal.SIGQUIT}
TOUCH = text("UPDATE vehicles SET brand = brand WHERE id = :id")


class Server:
    """A PostgreSQL of the tests' own, which keeps its word, and an application on it."""

    def __init__(self, home: Path) -> None:
        self.postgres = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""))
        self.postgres.start()
        self.url = make_database(make_url(self.postgres.url()), "movr")
        self.app = make_app(self.url, **PATIENT)
        self.app.test_client_class = Visitor
        columns = ("name", "region", "timezone", "currency", "lat", "lon")
        with self.app.app_context():
            add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")

    def stop(self, how: str) -> None:
        """Stop it. In order it says farewell to all; after a crash only the disk remembers."""
        pid_file = self.postgres.data / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), SIGNALS[how])
        until(lambda: not pid_file.exists() and not self.postgres.is_running())

    def rider_and_vehicle(self) -> tuple[Rider, RowKey]:
        name, here = f"u{uuid4().hex[:10]}", Place("Start", Point(40.73, -73.98))
        with self.app.app_context():
            city = catalogue().all()[0]
            told = Registration(city, "A", "B", name, f"{name}@example.org", PASSWORD)
            user = register(told, is_email_confirmed=True)
            vehicle = add_vehicle(user, city, VehicleDescription("bike", "Okai", "red", here))
        rider = Rider(self.app, user, self.url)
        rider.public_key(vehicle)  # while there is a server to ask
        return rider, vehicle

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Connections that are none of the application's."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()

    def check(self, rider: Rider) -> None:
        with self.engine() as engine, engine.connect() as connection:
            audit(connection, rider.told)

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
def test_what_was_told_before_a_restart_holds_after_it(clean: Server, how: str) -> None:
    rider, vehicle = clean.rider_and_vehicle()
    ride = rider.start(vehicle).ride
    assert ride
    clean.stop(how)
    assert rider.end(ride).answer is Answer.AWAY
    assert rider.start(vehicle).answer is Answer.AWAY
    clean.postgres.start()
    clean.check(rider)
    assert rider.end(ride).answer is Answer.RIDE
    clean.check(rider)


@pytest.mark.parametrize("how", SIGNALS)
def test_a_restart_between_two_requests_is_not_noticed(clean: Server, how: str) -> None:
    rider, vehicle = clean.rider_and_vehicle()
    ride = rider.start(vehicle).ride
    assert ride
    clean.stop(how)
    clean.postgres.start()
    assert rider.end(ride).answer is Answer.RIDE
    clean.check(rider)


@pytest.mark.parametrize("how", SIGNALS)
@pytest.mark.parametrize("asked", ["start", "end"])
def test_a_server_that_stops_while_it_works_leaves_it_unknown_until_it_is_asked_again(
    clean: Server, asked: str, how: str
) -> None:
    rider, vehicle = clean.rider_and_vehicle()
    ride = rider.start(vehicle).ride if asked == "end" else None
    with clean.engine() as engine, ThreadPoolExecutor(1) as beside, held(engine, vehicle):
        request = beside.submit(rider.end, ride) if ride else beside.submit(rider.start, vehicle)
        until_one_waits(engine)
        clean.stop(how)
        told = request.result()
    # The lock may have come free a moment before the end: then it was done, and told so.
    assert told.answer in (Answer.UNKNOWN, Answer.RIDE)
    clean.postgres.start()
    clean.check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    clean.check(rider)


@contextmanager
def held(engine: Engine, vehicle: RowKey) -> Iterator[None]:
    """Keep everybody else from changing the vehicle, until the end or the server's."""
    holder = engine.execution_options(isolation_level="READ COMMITTED").connect()
    try:
        holder.execute(TOUCH, {"id": vehicle.id})
        yield
    finally:
        holder.invalidate()
        holder.close()
