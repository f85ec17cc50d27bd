"""Flask-Migrate, which only the commands ``flask db`` and ``flask serve`` need."""

from functools import partial
from typing import Any

from flask import Flask
from werkzeug.local import LocalProxy
from werkzeug.utils import import_string

from webapp.cli import add_commands
from webapp.extensions import db


def init_app(app: Flask) -> None:
    add_commands(app, {"db": "flask_migrate.cli:db"})
    # Flask-Migrate looks for its settings there.
    app.extensions["migrate"] = LocalProxy(partial(_load, app))


def _load(app: Flask) -> Any:
    """Import Flask-Migrate, set it up, and return what it keeps in place of the proxy."""
    import_string("flask_migrate:Migrate")().init_app(app, db, render_as_batch=False)
    return app.extensions["migrate"]
