"""A PostgreSQL for this process, databases on it, and applications with production's settings.

MOVR_BENCH_SERVER and MOVR_BENCH_TEMPLATE name a server, and a migrated database of it, that are
there already; the tests have both.
"""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

import config
from tests.database_proxy import DatabaseProxy, fill_pools
from tests.databases import make_database
from webapp import create_app
from webapp.extensions import db
from webapp.ops.local_postgres import LocalPostgres

SETTINGS = {
    "SECRET_KEY": "only for this measurement, and long enough",
    "PUBLIC_URL": "http://localhost",
    "SESSION_COOKIE_SECURE": False,
    "DATABASE_POOL_SIZE": 2,
    "DATABASE_POOL_RECYCLE_S": 3600,
    "CITIES_MAX_AGE_S": 3600.0,
}
_numbers = count(1)


class BenchConfig(config.Production):
    """The production settings, but with fast password hashes, without mail and log."""

    must_be_safe = False

    BCRYPT_LOG_ROUNDS = 4
    MAIL_URL = "memory:"
    LOG_FORMAT = ""


@cache
def database_server() -> URL:
    """Return the server. The first call starts it, the end of the process stops it."""
    if given := os.environ.get("MOVR_BENCH_SERVER"):
        return make_url(given)
    home = Path(tempfile.mkdtemp(prefix="movr-bench-"))
    home.chmod(0o755)
    server = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    return make_url(server.url())


@cache
def server_version() -> str:
    engine = create_engine(database_server())
    with engine.connect() as connection:
        version: str = connection.scalar(text("SHOW server_version"))
    engine.dispose()
    return version


@cache
def _template() -> str:
    if given := os.environ.get("MOVR_BENCH_TEMPLATE"):
        return given
    if "MOVR_TEST_INSTANCE" not in os.environ:
        folder = os.environ["MOVR_TEST_INSTANCE"] = tempfile.mkdtemp(prefix="movr-bench-instance-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    logging.disable(logging.INFO)  # a line for each revision
    make_database(database_server(), "movr_bench_template")
    logging.disable(logging.NOTSET)
    return "movr_bench_template"


@contextmanager
def open_database() -> Iterator[URL]:
    """Make a migrated database without rows; it is dropped at the end."""
    name = f"movr_bench_{os.getpid()}_{next(_numbers)}"
    try:
        yield make_database(database_server(), name, _template())
    finally:
        engine = create_engine(database_server(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} (FORCE)"))
        engine.dispose()


@contextmanager
def open_application(**settings: Any) -> Iterator[Flask]:
    """Make an application on a database of its own, with its pools full."""
    with open_database() as database:
        app = make_bench_app(database, **settings)
        try:
            yield app
        finally:
            close_application(app)


@contextmanager
def open_distant_application(**settings: Any) -> Iterator[tuple[Flask, DatabaseProxy]]:
    """The same, connected through a proxy that can delay each message. The proxy's threads run in
    this process and take processor time."""
    with open_database() as database:
        proxy = DatabaseProxy(database_server())
        app = make_bench_app(proxy.url(database), **settings)
        try:
            yield app, proxy
        finally:
            close_application(app)
            proxy.close()


def make_bench_app(database: URL, **settings: Any) -> Flask:
    """Return an application on a database, with its pools full."""
    url = database.render_as_string(hide_password=False)
    app = create_app(BenchConfig, DATABASE_URL=url, **{**SETTINGS, **settings})
    with app.app_context():
        fill_pools(*db.engines.values())
    return app


def close_application(app: Flask) -> None:
    """Close the connections of an application."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
