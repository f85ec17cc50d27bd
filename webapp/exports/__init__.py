"""Exports: staff take out vehicles, rides, users and the ledger of a city as files."""

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.exports.controllers import bp as exports_bp
from webapp.exports.owner_controllers import bp as own_ledger_bp
from webapp.exports.personal_data import EXPORT_SECTION
from webapp.exports.schedules import SEND_EXPORTS
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def create_module(app: Flask) -> None:
    """Add the pages of exports to ``app``."""
    bp = Blueprint("exports", __name__)
    bp.register_blueprint(exports_bp)
    bp.register_blueprint(own_ledger_bp)
    app.register_blueprint(bp)
    add_commands(app, {"export": "webapp.exports.cli:export"})
    hooks = get_hooks(app)
    hooks.add_schedule(SEND_EXPORTS, "webapp.exports.jobs:send_due_exports")
    hooks.export_sections.append(EXPORT_SECTION)
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Exports"), "exports.exports.index", Permission.EXPORT_DATA, 78)
    )
