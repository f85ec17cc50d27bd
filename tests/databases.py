"""Databases of the tests, and applications on them."""

import os
from functools import cache
from typing import Any

import flask_migrate
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, insert, text
from sqlalchemy.engine import URL

import config
from tests.clock import SteppedClock
from tests.url_builders import share_url_builders
from webapp import create_app
from webapp.db.retries import RETRY_CLOCK
from webapp.db.types import table
from webapp.extensions import db
from webapp.regions.models import City

share_url_builders()
TEMPLATE = "movr_test_template"

#: name, region, zone, currency, lat, lon: one city in each region and a second in the first.
CITIES: list[tuple[str, str, str, str, float, float]] = [
    ("new york", "us-east1", "America/New_York", "USD", 40.7306, -73.9866),
    ("boston", "us-east1", "America/New_York", "USD", 42.3601, -71.0589),
    ("seattle", "us-west1", "America/Los_Angeles", "USD", 47.6062, -122.3321),
    ("paris", "europe-west1", "Europe/Paris", "EUR", 48.8566, 2.3522),
]


def add_cities(app: Flask) -> None:
    """Open the cities, one after the other, so that they have an order in time."""
    columns = ("name", "region", "timezone", "currency", "lat", "lon")
    with app.app_context():
        for city in CITIES:
            row = dict(zip(columns, city, strict=True))
            with db.engines["write"].begin() as connection:
                connection.execute(insert(table(City)).values(**row, label=city[0].title()))


#: Not SERIALIZABLE: while a long transaction runs in the database of another worker, PostgreSQL may
#: take those that have ended in this one for concurrent, and cancel what writes after them.
DELETE_ALL_ROWS = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT delete_all_rows()"


def add_delete_function(app: Flask) -> None:
    """Make the function ``delete_all_rows()`` in the database: a function is planned once."""
    body = f"$$ BEGIN {delete_all_statement()}; END $$"
    create = "CREATE FUNCTION delete_all_rows() RETURNS void LANGUAGE plpgsql AS"
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.exec_driver_sql(f"{create} {body}")


def refuse_a_statement_for_each_row(app: Flask) -> None:
    """Fail when a list of rows is inserted by a statement for each, which is a round trip for each:
    psycopg2's ``executemany``. SQLAlchemy does so when the INSERT has ON CONFLICT."""

    # Any: what a driver takes
    def check(*arguments: Any) -> None:
        _connection, _cursor, statement, parameters, _context, is_many = arguments
        is_each = is_many and isinstance(parameters, list) and statement.startswith("INSERT")
        assert not is_each or len(parameters) == 1, f"{len(parameters)} round trips: {statement}"

    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", check)


def dispose_engines(app: Flask) -> None:
    """Close all connections of an application to its database."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@cache
def delete_all_statement() -> str:
    """Return what deletes every row but the four cities, as one text: one round trip."""
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    kept_names = ", ".join(f"'{city[0]}'" for city in CITIES)
    deletes = [f"DELETE FROM {name}" for name in tables if name != "cities"]
    forget_cities = f"DELETE FROM cities WHERE name NOT IN ({kept_names})"
    # An admin may have changed them.
    restore_cities = [
        f"UPDATE cities SET label = '{name.title()}', timezone = '{timezone}', lat = {lat},"
        " first_action_target_s = NULL, answer_target_s = NULL,"
        f" lon = {lon} WHERE name = '{name}' AND (label, timezone, lat, lon)"
        f" <> ('{name.title()}', '{timezone}', {lat}, {lon})"
        f" OR name = '{name}' AND coalesce(first_action_target_s, answer_target_s) IS NOT NULL"
        for name, _, timezone, _, lat, lon in CITIES
    ]
    forget_progress = (
        "UPDATE cities SET events_compacted_until = NULL, closes_at = NULL, archived_at = NULL,"
        " minimum_age = NULL, features_off = '{}'"
        " WHERE coalesce(events_compacted_until, closes_at) IS NOT NULL"
        " OR minimum_age IS NOT NULL OR features_off <> '{}'"
    )
    return ";".join([*deletes, forget_cities, *restore_cities, forget_progress])


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
    files goes with the run; how fast the machine is decides about no retry."""
    settings.setdefault("INSTANCE_PATH", os.environ["MOVR_TEST_INSTANCE"])
    address = url.render_as_string(hide_password=False)
    app = create_app(config.Test, DATABASE_URL=address, **settings)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache()  # templates are compiled once
    app.extensions[RETRY_CLOCK] = SteppedClock()
    return app
