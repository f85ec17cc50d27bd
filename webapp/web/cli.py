"""Commands that show how the application answers requests."""

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.table import Table

from webapp.web import access


@click.command("list-routes")
@with_appcontext
def list_routes() -> None:
    """Print every URL, its methods, and who may call it."""
    output = Table("address", "methods", "access", "endpoint")
    for route in sorted(current_app.url_map.iter_rules(), key=lambda r: r.rule):
        methods = " ".join(sorted((route.methods or set()) - {"HEAD", "OPTIONS"}))
        required = access.required_access(route.endpoint) or "closed"
        output.add_row(route.rule, methods, required, route.endpoint)
    Console(width=160).print(output)
