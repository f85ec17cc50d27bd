"""Operations: serving, data retention, the schema reference, the demo, and what development has:
the local PostgreSQL, the mailbox."""

from flask import Flask
from werkzeug.utils import import_string

from webapp.ops import retention, serve
from webapp.ops.schema_docs import cli as schema_docs


def create_module(app: Flask) -> None:
    """Add the commands of operators to ``app``, and the pages of development."""
    app.cli.add_command(serve.serve)
    app.cli.add_command(retention.sweep)
    app.cli.add_command(schema_docs.schema)
    if app.config["MAILBOX_MODULE"]:  # only in development
        app.register_blueprint(import_string(app.config["MAILBOX_MODULE"]).bp)
    if app.config["DEMO_ALLOWED"]:  # production does not load it
        app.cli.add_command(import_string(app.config["DEMO_MODULE"]).demo)
