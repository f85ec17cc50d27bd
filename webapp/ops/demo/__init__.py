"""The demo: the tutorial's nine cities with an invented fleet, for a first look at MovR."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the command ``flask demo``."""
    from webapp.ops.demo.cli import demo

    app.cli.add_command(demo)
