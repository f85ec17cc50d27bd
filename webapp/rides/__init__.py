"""Rides: from taking a vehicle to leaving it."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.auth.staff import before_closing
    from webapp.riders.my_data import holdings
    from webapp.rides import controllers  # noqa: F401 - hangs its pages on the blueprint
    from webapp.rides.blueprint import bp
    from webapp.rides.disputes import models as _disputes  # noqa: F401
    from webapp.rides.holding import HELD
    from webapp.rides.reservations import models as _reservations  # noqa: F401
    from webapp.rides.services import end_where_it_began

    if end_where_it_began not in before_closing:
        before_closing.append(end_where_it_began)
    if HELD not in holdings:
        holdings.append(HELD)
    app.register_blueprint(bp)
