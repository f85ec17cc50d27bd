"""Accounts: registering, signing in and out, roles."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages and commands of this module to ``app``."""
    from webapp.auth import cli as cli
    from webapp.auth import login_manager, oidc
    from webapp.auth.controllers import bp

    login_manager.init_app(app)
    oidc.init_app(app)
    app.register_blueprint(bp)
