"""The fleet: finding vehicles, looking after them, and taking in operators' feeds."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages and commands of this module to ``app``."""
    from webapp.fleet import live_map, template_globals
    from webapp.fleet.blueprint import bp
    from webapp.fleet.cli import commands
    from webapp.fleet.controllers import search, vehicles  # noqa: F401
    from webapp.fleet.favourites import controllers as _saved  # noqa: F401
    from webapp.fleet.favourites.personal_data import HELD as SAVED_HELD
    from webapp.fleet.personal_data import HELD
    from webapp.fleet.pricing import controllers as _prices  # noqa: F401
    from webapp.fleet.pricing import plans
    from webapp.fleet.pricing.cli import commands as plan_commands
    from webapp.fleet.reports import controllers as _reports  # noqa: F401
    from webapp.fleet.reports.personal_data import HELD as REPORTS_HELD
    from webapp.fleet.services import leave_the_street
    from webapp.fleet.unlock_codes import controllers as _unlock_codes  # noqa: F401
    from webapp.fleet.zones import controllers as _zones  # noqa: F401
    from webapp.fleet.zones import rules as zone_rules
    from webapp.fleet.zones.cli import commands as zone_commands
    from webapp.riders.personal_data import holdings
    from webapp.riders.services import farewells

    if leave_the_street not in farewells:
        farewells.append(leave_the_street)
    for held in (HELD, *REPORTS_HELD, *SAVED_HELD):
        if held not in holdings:
            holdings.append(held)
    template_globals.init_app(app)
    live_map.init_app(app)
    plans.init_app(app)
    zone_rules.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
    app.cli.add_command(zone_commands)
    app.cli.add_command(plan_commands)
