"""Cities and regions: the catalogue, placement, moving a city, geography."""

from flask import Flask

from webapp.regions import catalogue
from webapp.regions.cli import cities, regions_group


def init_app(app: Flask) -> None:
    """Add the catalogue of cities and the commands ``cities`` and ``regions`` to ``app``."""
    catalogue.init_app(app)
    app.cli.add_command(cities)
    app.cli.add_command(regions_group)
