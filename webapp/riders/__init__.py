"""Riders: profiles, what is held about them, their wallet, and leaving for good."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.riders import controllers, wallet  # noqa: F401 - hangs its pages on the blueprint
    from webapp.riders.blueprint import bp

    app.register_blueprint(bp)
    wallet.init_app(app)
