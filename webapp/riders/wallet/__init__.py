"""The wallet: what riders have paid in and used, as books that balance."""

from flask import Flask

from webapp.hooks import get_hooks


def init_app(app: Flask) -> None:
    """Add the pages and commands of the wallet to ``app``, and whoever takes money for us."""
    from webapp.riders.wallet import provider
    from webapp.riders.wallet.blueprint import bp
    from webapp.riders.wallet.cli import commands
    from webapp.riders.wallet.controllers import checkout, wallet  # noqa: F401
    from webapp.riders.wallet.ledger_checks import LEDGER_CHECKS
    from webapp.riders.wallet.personal_data import EXPORT_SECTIONS
    from webapp.riders.wallet.services.closing import close_wallet

    hooks = get_hooks(app)
    hooks.on_account_deletion.append(close_wallet)
    hooks.export_sections.extend(EXPORT_SECTIONS)
    hooks.ledger_checks.extend(LEDGER_CHECKS)
    provider.init_app(app)
    app.register_blueprint(bp)
    app.cli.add_command(commands)
