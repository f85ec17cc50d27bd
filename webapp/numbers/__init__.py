"""Numbers: what a city's fleet and its riders did, by hour, day and month."""

from flask import Flask

from webapp.cli import add_commands
from webapp.hooks import get_hooks
from webapp.numbers import models as _  # noqa: F401 - its tables exist, whoever uses them
from webapp.numbers.schedules import UPDATE_ROLLUPS


def create_module(app: Flask) -> None:
    """Add the commands and jobs of numbers to ``app``."""
    add_commands(app, {"numbers": "webapp.numbers.cli:commands"})
    get_hooks(app).add_schedule(UPDATE_ROLLUPS, "webapp.numbers.jobs:update_region")
