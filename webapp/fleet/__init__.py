"""The fleet: finding vehicles, looking after them, and taking in operators' feeds."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages and commands of this module to ``app``."""
    from webapp.fleet import controllers  # noqa: F401 - hangs its pages on the blueprint
    from webapp.fleet.blueprint import bp
    from webapp.fleet.cli import commands
    from webapp.fleet.holding import HELD
    from webapp.fleet.pricing import plans
    from webapp.fleet.reports import models as _reports  # noqa: F401
    from webapp.fleet.saved import models as _saved  # noqa: F401
    from webapp.fleet.services import leave_the_street
    from webapp.fleet.zones import models as _zones  # noqa: F401
    from webapp.riders.my_data import holdings
    from webapp.riders.services import farewells

    if leave_the_street not in farewells:
        farewells.append(leave_the_street)
    if HELD not in holdings:
        holdings.append(HELD)
    plans.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
