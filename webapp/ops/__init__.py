"""Operations: serving, data retention, the schema reference, the demo, and what development has:
the local PostgreSQL, the mailbox."""

from flask import Flask
from werkzeug.utils import import_string

from webapp.cli import add_commands
from webapp.ops import error_reporting, migrations

COMMANDS = {
    "serve": "webapp.ops.serve:serve",
    "sweep": "webapp.ops.retention:sweep",
    "schema": "webapp.ops.schema_docs.cli:schema",
}


def create_module(app: Flask) -> None:
    """Add the commands of operators to ``app``, and the pages of development."""
    migrations.init_app(app)
    error_reporting.init_app(app)
    add_commands(app, COMMANDS)
    if app.config["MAILBOX_MODULE"]:  # only in development
        app.register_blueprint(import_string(app.config["MAILBOX_MODULE"]).bp)
    if app.config["DEMO_ALLOWED"]:  # production does not load it
        add_commands(app, {"demo": f"{app.config['DEMO_MODULE']}:demo"})
