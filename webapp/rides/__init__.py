"""Rides: from taking a vehicle to leaving it."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.auth.services.staff import before_closing
    from webapp.fleet.services import known
    from webapp.riders.personal_data import holdings
    from webapp.riders.services import farewells
    from webapp.riders.wallet import ledger_checks
    from webapp.rides.blueprint import bp
    from webapp.rides.cli import commands
    from webapp.rides.controllers import paths, reports, rides, staff  # noqa: F401
    from webapp.rides.disputes import controllers as _disputes  # noqa: F401
    from webapp.rides.disputes.personal_data import HELD as DISPUTES
    from webapp.rides.ledger_checks import QUESTIONS
    from webapp.rides.personal_data import HELD, RESERVED
    from webapp.rides.reservations import controllers as _reservations  # noqa: F401
    from webapp.rides.reservations.services import hold_minutes
    from webapp.rides.services.end import end_where_it_began
    from webapp.rides.services.paths import HELD as PATHS_HELD
    from webapp.rides.services.paths import forget_paths
    from webapp.rides.vehicle_facts import KNOWN

    if end_where_it_began not in before_closing:
        before_closing.append(end_where_it_began)
    if forget_paths not in farewells:
        farewells.append(forget_paths)
    holdings.extend(
        each for each in (HELD, RESERVED, PATHS_HELD, *DISPUTES) if each not in holdings
    )
    known.update(KNOWN)
    app.add_template_global(hold_minutes)
    ledger_checks.further.update(QUESTIONS)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
