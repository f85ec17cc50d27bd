"""Cities and regions: the catalogue, placement, moving a city, geography."""

from flask import Flask

from webapp.cli import add_commands
from webapp.regions import catalogue, data_regions

COMMANDS = {
    "cities": "webapp.regions.cli:cities",
    "regions": "webapp.regions.cli:regions_group",
}


def init_app(app: Flask) -> None:
    """Add the catalogue of cities and the commands ``cities`` and ``regions`` to ``app``."""
    catalogue.init_app(app)
    data_regions.init_app(app)
    add_commands(app, COMMANDS)
