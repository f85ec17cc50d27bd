"""Rides: from taking a vehicle to leaving it."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.auth.staff import before_closing
    from webapp.fleet.services import known
    from webapp.riders.my_data import holdings
    from webapp.riders.services import farewells
    from webapp.riders.wallet import audit
    from webapp.rides import (  # noqa: F401 - hang pages on the blueprint
        controllers,
        path_pages,
        reporting,
        staff_pages,
    )
    from webapp.rides.blueprint import bp
    from webapp.rides.books import QUESTIONS
    from webapp.rides.cli import commands
    from webapp.rides.disputes import controllers as _disputes  # noqa: F401
    from webapp.rides.disputes.holding import HELD as DISPUTES
    from webapp.rides.ending import end_where_it_began
    from webapp.rides.holding import HELD, RESERVED
    from webapp.rides.known import KNOWN
    from webapp.rides.paths import HELD as PATHS_HELD
    from webapp.rides.paths import forget_paths
    from webapp.rides.reservations import controllers as _reservations  # noqa: F401
    from webapp.rides.reservations.services import hold_minutes

    if end_where_it_began not in before_closing:
        before_closing.append(end_where_it_began)
    if forget_paths not in farewells:
        farewells.append(forget_paths)
    holdings.extend(
        each for each in (HELD, RESERVED, PATHS_HELD, *DISPUTES) if each not in holdings
    )
    known.update(KNOWN)
    app.add_template_global(hold_minutes)
    audit.further.update(QUESTIONS)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
