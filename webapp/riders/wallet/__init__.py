"""The wallet: what riders have paid in and used, as books that balance."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages and commands of the wallet to ``app``, and whoever takes money for us."""
    from webapp.riders.personal_data import holdings
    from webapp.riders.services import farewells
    from webapp.riders.wallet import provider
    from webapp.riders.wallet.blueprint import bp
    from webapp.riders.wallet.cli import commands
    from webapp.riders.wallet.controllers import checkout, wallet  # noqa: F401
    from webapp.riders.wallet.personal_data import HELD
    from webapp.riders.wallet.services.closing import close_wallet

    if close_wallet not in farewells:
        farewells.append(close_wallet)
    holdings.extend(held for held in HELD if held not in holdings)
    provider.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
