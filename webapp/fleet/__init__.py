"""The fleet: finding vehicles, looking after them, and taking in operators' feeds."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages and commands of this module to ``app``."""
    from webapp.fleet.cli import commands
    from webapp.fleet.controllers import bp
    from webapp.fleet.holding import HELD
    from webapp.fleet.services import leave_the_street
    from webapp.riders.my_data import holdings
    from webapp.riders.services import farewells

    if leave_the_street not in farewells:
        farewells.append(leave_the_street)
    if HELD not in holdings:
        holdings.append(HELD)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
