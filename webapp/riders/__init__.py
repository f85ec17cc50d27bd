"""Riders: profiles, what is held about them, and leaving for good."""

from flask import Flask


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.riders.controllers import bp

    app.register_blueprint(bp)
