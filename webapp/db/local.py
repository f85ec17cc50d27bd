"""The database server that development starts by itself where DATABASE_URL is empty.

The server is of webapp/ops/local_postgres.py. Production code knows it by this protocol only: the
configurations of development and tests name its class, and production never imports it.
"""

from typing import Protocol

from flask import Flask, current_app
from werkzeug.utils import import_string

LOCAL_DATABASE = "movr_local_database"


class LocalDatabase(Protocol):
    """A database server on this machine, for this application."""

    def url(self) -> str:
        """Return the SQLAlchemy URL of the database; the server need not run."""

    def ensure_started(self) -> None:
        """Start the server at the first call, if it does not run. Later calls do nothing, so that
        tests can try what happens when the database has gone."""

    def restart(self) -> None:
        """Start the server after it has ended."""

    def is_running(self) -> bool:
        """Tell whether the server accepts connections."""


def init_app(app: Flask) -> None:
    """Make the local database of ``app``, unless DATABASE_URL names another one."""
    local = None
    if not app.config["DATABASE_URL"]:
        local = import_string(app.config["LOCAL_DATABASE"])(app.config)
    app.extensions[LOCAL_DATABASE] = local


def local_database(app: Flask | None = None) -> LocalDatabase | None:
    """Return the local database of an application, if it has one; by default of the current one."""
    local: LocalDatabase | None = (app or current_app).extensions[LOCAL_DATABASE]
    return local
