"""Accounts: registering, signing in and out, roles."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from webapp.auth import cli as cli
from webapp.auth import devices, labels, login_manager, oidc
from webapp.auth.controllers import bp
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.web.roles import Role


def create_module(app: Flask) -> None:
    """Add the pages, commands and template filters of this module to ``app``."""
    login_manager.init_app(app)
    devices.init_app(app)
    oidc.init_app(app)
    app.add_template_filter(labels.device_label)
    app.add_template_filter(labels.place_label)
    get_hooks(app).staff_menu.append(
        StaffMenuEntry(_l("Events"), "auth.events_page", Role.ADMIN, 80, in_all_cities=True)
    )
    app.register_blueprint(bp)
