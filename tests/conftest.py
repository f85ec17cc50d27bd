"""What every test stands on: a real, migrated database of its own for each worker, and visitors.

Without DATABASE_URL a PostgreSQL is started for the run and thrown away after it. With one, that
server is used, in databases named ``movr_test_*``.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, func, insert, text
from sqlalchemy.engine import URL, make_url

import config
from webapp import create_app
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, RoleGrant, User
from webapp.auth.services import sessions
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.zones.cache import city_zones, zone_cache
from webapp.ops.local_postgres import LocalPostgres
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point
from webapp.regions.models import City

PASSWORD = "four words make one"
TEMPLATE = "movr_test_template"

#: name, region, zone, currency, lat, lon: one city in each region and a second in the first.
CITIES = [
    ("new york", "us-east1", "America/New_York", "USD", 40.7306, -73.9866),
    ("boston", "us-east1", "America/New_York", "USD", 42.3601, -71.0589),
    ("seattle", "us-west1", "America/Los_Angeles", "USD", 47.6062, -122.3321),
    ("paris", "europe-west1", "Europe/Paris", "EUR", 48.8566, 2.3522),
]


# --- the database server, once for all workers ---------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    home = Path(tempfile.mkdtemp(prefix="movr-test-"))
    home.chmod(0o755)
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ["MOVR_TEST_INSTANCE"] = str(home / "instance")
    if given := os.environ.pop("DATABASE_URL", ""):
        server = make_url(given)
    else:
        cluster = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""), durable=False)
        cluster.start()
        config.add_cleanup(cluster.stop)
        server = make_url(cluster.url())
    os.environ["MOVR_TEST_SERVER"] = server.render_as_string(hide_password=False)
    if server.get_backend_name() == "postgresql":
        make_database(server, TEMPLATE)


def make_database(server: URL, name: str, template: str = "") -> URL:
    """Make a database anew on the server, migrated or as a copy of ``template``; return its URL."""
    url = server.set(database=name)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    cockroach = engine.dialect.name == "cockroachdb"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} {'CASCADE' if cockroach else ''}"))
        regions = '"us-east1" REGIONS "us-east1", "us-west1", "europe-west1"'
        options = f"PRIMARY REGION {regions}" if cockroach else ""
        options = f"TEMPLATE {template}" if template else options
        connection.execute(text(f"CREATE DATABASE {name} {options}"))
    engine.dispose()
    if not template:
        migrate(url)
    return url


def migrate(url: URL) -> None:
    app = make_app(url)
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def make_app(url: URL, **settings: object) -> Flask:
    """Return an application of the test environment on the database at ``url``. What it keeps in
    files goes with the run."""
    settings.setdefault("INSTANCE_PATH", os.environ["MOVR_TEST_INSTANCE"])
    return create_app(
        config.Test, DATABASE_URL=url.render_as_string(hide_password=False), **settings
    )


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
    with application.app_context():
        columns = ("name", "region", "timezone", "currency", "lat", "lon")
        for city in CITIES:  # one by one, so that they opened one after the other
            row = dict(zip(columns, city, strict=True))
            with db.engines["write"].begin() as connection:
                connection.execute(insert(City).values(**row, label=row["name"].title()))
    yield application
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(autouse=True)
def _clean_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test that used the application, its rows go; the four cities stay."""
    yield
    if "app" not in request.fixturenames:
        return
    app: Flask = request.getfixturevalue("app")
    app.extensions["mailman"].outbox.clear()
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.exec_driver_sql(_delete_all_statement())
        catalogue().forget()
        plan_cache().forget()
        zone_cache().forget()


@cache
def _delete_all_statement() -> str:
    """Return the DELETEs as one text: one round trip, about a millisecond."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    kept = ", ".join(f"'{city[0]}'" for city in CITIES)
    deletes = [f"DELETE FROM {name}" for name in tables if name != "cities"]
    return ";".join([*deletes, f"DELETE FROM cities WHERE name NOT IN ({kept})"])


# --- people and things ----------------------------------------------------------------------


class Visitor(FlaskClient):
    """A client that behaves like a person: it sends the token of the page it has open, and it
    would notice a broken page."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        options.setdefault("buffered", True)  # closes files that are sent
        response = super().open(*arguments, **options)
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            check_page(response.get_data(as_text=True))
            assert "Content-Security-Policy" in response.headers
        return response

    def token(self) -> str:
        """Return a CSRF token of this visitor's session."""
        page = super().open("/users/me/edit", follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, "no form on the page"
        return found[1]

    def send(self, path: str, **fields: Any) -> Any:
        """Submit a form, with its token."""
        return self.post(path, data={"csrf_token": self.token(), **fields})

    def sign_in(self, user: User, **columns: Any) -> "Visitor":
        """Begin a session for ``user`` without typing a password; columns are of LoginSession."""
        device = Device(uuid4(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "127.0.0.1", None)
        new = sessions.new_session(user.key, device)
        row = {name: getattr(new, name) for name in sessions.NEW_SESSION_COLUMNS} | columns
        with self.application.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(LoginSession).values(row))
        user.login_session = LoginSession(**row)
        with self.session_transaction() as session:
            session["_user_id"] = user.get_id()
            session["_fresh"] = True
        return self


VOID = {"meta", "link", "input", "br", "hr", "img", "source", "wbr"}


class _Checker(HTMLParser):
    """Holds each page to what browsers forgive: tags that close, ids that are unique."""

    def __init__(self) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.ids: set[str] = set()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        values = dict(attrs)
        assert "style" not in values, f"inline style on <{tag}>"
        assert not [name for name in values if name.startswith("on")], f"inline script on <{tag}>"
        if id_ := values.get("id"):
            assert id_ not in self.ids, f"id {id_} twice"
            self.ids.add(id_)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # in a drawing, what has no content closes itself

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open_tags, f"</{tag}> closes nothing"
        opened = self.open_tags.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"


def check_page(html: str) -> None:
    """Fail on a page that is malformed, untitled, or tells what only logs may."""
    checker = _Checker()
    checker.feed(html)
    assert not checker.open_tags, checker.open_tags
    assert {"title", "main", "h1"} <= checker.seen, checker.seen
    for secret in ("Traceback (most recent", "psycopg2", "sqlalchemy", "SELECT "):
        assert secret not in html


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not signed in."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def make_user(app: Flask) -> Callable[..., User]:
    """Make accounts: ``make_user("ada", city="paris", roles=["fleet"])``. All have PASSWORD.

    Roles may be limited to cities: ``roles={"fleet": ["paris"]}``.
    """

    def make(name: str = "", /, city: str = "new york", roles: Any = (), **columns: Any) -> User:
        username = name or f"u{uuid4().hex[:10]}"
        with app.app_context():
            home = catalogue().find(city)
            assert home
            values = {
                "region": home.region,
                "id": uuid4(),
                "city": home.name,
                "username": username,
                "email": f"{username}@example.org",
                "first_name": username.title(),
                "last_name": "Lovelace",
                "password_hash": _password_hash(),
                "email_confirmed_at": func.now(),
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(User).values(values))
                for role in roles:
                    grant = {"region": home.region, "user_id": values["id"], "role": role}
                    grant["cities"] = roles[role] if isinstance(roles, dict) else None
                    connection.execute(insert(RoleGrant).values(grant))
            user = db.session.get(User, (home.region, values["id"]))
            assert user
            return user

    return make


_hashes: list[str] = []


def _password_hash() -> str:
    if not _hashes:
        _hashes.append(passwords.hash_password(PASSWORD))
    return _hashes[0]


@pytest.fixture
def rider(app: Flask, make_user: Callable[..., User]) -> Visitor:
    """A signed-in rider who lives in New York."""
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user())


@pytest.fixture
def make_vehicle(app: Flask) -> Callable[..., Vehicle]:
    """Make vehicles: ``make_vehicle("paris", state="on_trip", at=(48.85, 2.35), owner=user)``."""

    def make(
        city: str = "new york", at: Any = None, owner: User | None = None, **columns: Any
    ) -> Vehicle:
        with app.app_context():
            home = catalogue().find(city)
            assert home
            point = Point(*at) if at else home.centre
            key = owner.key if owner else RowKey("", None)  # type: ignore[arg-type]
            values = {
                "region": home.region,
                "id": uuid4(),
                "city": home.name,
                "owner_region": key.region or None,
                "owner_id": key.id,
                "form_factor": "scooter_standing",
                "propulsion_type": "electric",
                "brand": "Okai",
                "color": "black",
                "state": "available",
                "address": "1 Main Street",
                "lat": point.lat,
                "lon": point.lon,
                "cell": point.cell,
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(Vehicle).values(values))
            vehicle = db.session.get(Vehicle, (home.region, values["id"]))
            assert vehicle
            return vehicle

    return make


@pytest.fixture
def row(app: Flask) -> Callable[..., Any]:
    """Read what the database holds now: ``row(Vehicle, vehicle.key)``."""

    def read(model: type, key: Any) -> Any:
        with app.app_context():
            return db.session.get(model, tuple(key))

    return read


@pytest.fixture
def make_plan(app: Flask) -> Callable[..., PricingPlan]:
    """Publish prices: ``make_plan("paris", unlock_fee=100, form_factor="bicycle")``."""

    def make(city: str = "new york", **columns: Any) -> PricingPlan:
        with app.app_context():
            home = catalogue().find(city)
            assert home
            values = {
                "id": uuid4(),
                "city": home.name,
                "form_factor": "",
                "propulsion_type": "",
                "version": 1,
                "name": "As you go",
                "currency": home.currency,
                "unlock_fee": 0,
                "segments": [],
                "reserve_min": 15,
                "reservation_rate": 0,
                "reserve_max_min": columns.get("reserve_min", 15),
                "tax_ppm": 0,
                "tax_included": True,
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(PricingPlan).values(values))
            plan_cache().forget()
            plan = db.session.get(PricingPlan, values["id"])
            assert plan
            db.session.expunge(plan)
            return plan

    return make


def fill_memories() -> None:
    """Read what each process keeps for a while: a page pays for it once in half a minute."""
    plan_cache().load()
    for city in catalogue().all():
        city_zones(city)


@pytest.fixture
def round_trips(app: Flask) -> Iterator[Callable[[], int]]:
    """Count how often the application speaks to the database; calling it returns and restarts.

    A statement is one trip. A transaction of several adds BEGIN and COMMIT.
    """
    trips: list[str] = []
    open_transactions: list[bool] = []

    def statement(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        trips.append(sql)
        if not connection.connection.dbapi_connection.autocommit:
            open_transactions[:] = [True]

    def finished(connection: Any) -> None:
        if open_transactions:
            trips.extend(["BEGIN", "COMMIT"])
        open_transactions.clear()

    with app.app_context():
        engines, writing = list(db.engines.values()), db.engines["write"]
        fill_memories()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", statement)
    event.listen(writing, "commit", finished)

    def count() -> int:
        number = len(trips)
        trips.clear()
        return number

    yield count
    for engine in engines:
        event.remove(engine, "before_cursor_execute", statement)
    event.remove(writing, "commit", finished)
