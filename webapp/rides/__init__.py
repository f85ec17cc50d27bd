"""Rides: from taking a vehicle to leaving it."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.rides.controllers import bp

    app.register_blueprint(bp)
