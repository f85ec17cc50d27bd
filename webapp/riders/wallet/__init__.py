"""The wallet: what riders have paid in and used, as books that balance."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages and commands of the wallet to ``app``, and whoever takes money for us."""
    from webapp.riders.my_data import holdings
    from webapp.riders.services import farewells
    from webapp.riders.wallet import checkout, controllers, provider  # noqa: F401 - hang pages
    from webapp.riders.wallet.blueprint import bp
    from webapp.riders.wallet.cli import commands
    from webapp.riders.wallet.holding import HELD
    from webapp.riders.wallet.leaving import close_wallet

    if close_wallet not in farewells:
        farewells.append(close_wallet)
    holdings.extend(held for held in HELD if held not in holdings)
    provider.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
