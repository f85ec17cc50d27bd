"""Rides: from taking a vehicle to leaving it."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.riders.my_data import holdings
    from webapp.rides.controllers import bp
    from webapp.rides.holding import HELD

    if HELD not in holdings:
        holdings.append(HELD)
    app.register_blueprint(bp)
