"""The fleet: finding vehicles, looking after them, and taking in operators' feeds."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.web.roles import Role


def create_module(app: Flask) -> None:
    """Add the pages and commands of this module to ``app``."""
    from webapp.fleet import live_map, template_globals
    from webapp.fleet.blueprint import bp
    from webapp.fleet.cli import commands
    from webapp.fleet.controllers import search, vehicles  # noqa: F401
    from webapp.fleet.favourites import controllers as _saved  # noqa: F401
    from webapp.fleet.favourites.personal_data import EXPORT_SECTIONS as FAVOURITES
    from webapp.fleet.personal_data import EXPORT_SECTION
    from webapp.fleet.pricing import controllers as _prices  # noqa: F401
    from webapp.fleet.pricing import plans
    from webapp.fleet.pricing.cli import commands as plan_commands
    from webapp.fleet.reports import controllers as _reports  # noqa: F401
    from webapp.fleet.reports.personal_data import EXPORT_SECTIONS as REPORTS
    from webapp.fleet.services import leave_the_street
    from webapp.fleet.unlock_codes import controllers as _unlock_codes  # noqa: F401
    from webapp.fleet.zones import controllers as _zones  # noqa: F401
    from webapp.fleet.zones import rules as zone_rules
    from webapp.fleet.zones.cli import commands as zone_commands

    hooks = get_hooks(app)
    hooks.on_account_deletion.append(leave_the_street)
    hooks.export_sections.extend((EXPORT_SECTION, *REPORTS, *FAVOURITES))
    hooks.staff_menu.extend(
        (
            StaffMenuEntry(_l("Fleet"), "fleet.staff", Role.FLEET, 10),
            StaffMenuEntry(_l("Reports"), "fleet.staff_reports", Role.FLEET, 30),
            StaffMenuEntry(_l("Prices"), "fleet.plans", Role.ADMIN, 60),
            StaffMenuEntry(_l("Zones"), "fleet.staff_zones", Role.ADMIN, 70),
        )
    )
    template_globals.init_app(app)
    live_map.init_app(app)
    plans.init_app(app)
    zone_rules.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
    app.cli.add_command(zone_commands)
    app.cli.add_command(plan_commands)
