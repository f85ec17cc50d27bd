"""Riders: profiles, what is held about them, their wallet, and leaving for good."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.web.roles import Role


def create_module(app: Flask) -> None:
    """Add the pages of this module to ``app``."""
    from webapp.riders import controllers, wallet  # noqa: F401 - hangs its pages on the blueprint
    from webapp.riders.blueprint import bp
    from webapp.riders.personal_data import EXPORT_SECTIONS

    hooks = get_hooks(app)
    hooks.export_sections.extend(EXPORT_SECTIONS)
    hooks.staff_menu.append(StaffMenuEntry(_l("Riders"), "riders.index", Role.FLEET, 50))
    app.register_blueprint(bp)
    wallet.init_app(app)
