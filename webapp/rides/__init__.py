"""Rides: from taking a vehicle to leaving it."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.web.roles import Role


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.rides.blueprint import bp
    from webapp.rides.cli import commands
    from webapp.rides.controllers import paths, reports, rides, staff  # noqa: F401
    from webapp.rides.disputes import controllers as _disputes  # noqa: F401
    from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTES
    from webapp.rides.ledger_checks import LEDGER_CHECKS
    from webapp.rides.personal_data import EXPORT_SECTIONS
    from webapp.rides.reservations import controllers as _reservations  # noqa: F401
    from webapp.rides.reservations.services import hold_minutes
    from webapp.rides.services.end import end_where_it_began
    from webapp.rides.services.paths import EXPORT_SECTION as PATHS
    from webapp.rides.services.paths import forget_paths
    from webapp.rides.vehicle_facts import VEHICLE_FACTS

    hooks = get_hooks(app)
    hooks.on_account_closing.append(end_where_it_began)
    hooks.on_account_deletion.append(forget_paths)
    hooks.export_sections.extend((*EXPORT_SECTIONS, PATHS, *DISPUTES))
    hooks.vehicle_facts = VEHICLE_FACTS
    hooks.ledger_checks.extend(LEDGER_CHECKS)
    hooks.staff_menu.extend(
        (
            StaffMenuEntry(_l("Rides now"), "rides.staff_rides", Role.FLEET, 20),
            StaffMenuEntry(_l("Disputes"), "rides.disputes", Role.FLEET, 40),
        )
    )
    app.add_template_global(hold_minutes)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
