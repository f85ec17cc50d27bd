"""Operations: serving, data retention, the schema reference, the demo, the local PostgreSQL."""

from flask import Flask
from werkzeug.utils import import_string

from webapp.ops import retention, serve
from webapp.ops.schema_docs import cli as schema_docs


def create_module(app: Flask) -> None:
    """Add the commands of operators to ``app``."""
    app.cli.add_command(serve.serve)
    app.cli.add_command(retention.sweep)
    app.cli.add_command(schema_docs.schema)
    if app.config["DEMO_ALLOWED"]:  # production does not load it
        app.cli.add_command(import_string(app.config["DEMO_MODULE"]).demo)
