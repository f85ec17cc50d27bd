"""Numbers: what a city's fleet and its riders did, by hour, day and month."""

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.numbers.controllers import bp as numbers_bp
from webapp.numbers.labels import (
    format_figure,
    format_period,
    format_share,
    format_short_amount,
    period_label,
    street_state_label,
    unfinished_label,
)
from webapp.numbers.schedules import UPDATE_ROLLUPS
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def create_module(app: Flask) -> None:
    """Add the pages, commands and jobs of numbers to ``app``."""
    bp = Blueprint("numbers", __name__)
    bp.register_blueprint(numbers_bp)
    app.register_blueprint(bp)
    add_commands(app, {"numbers": "webapp.numbers.cli:commands"})
    app.add_template_filter(format_figure, "figure")
    app.add_template_filter(format_period, "period")
    app.add_template_filter(period_label)
    app.add_template_filter(unfinished_label)
    app.add_template_filter(street_state_label)
    app.add_template_filter(format_share, "share")
    app.add_template_filter(format_short_amount, "short_amount")
    hooks = get_hooks(app)
    hooks.add_schedule(UPDATE_ROLLUPS, "webapp.numbers.jobs:update_region")
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Numbers"), "numbers.numbers.index", Permission.VIEW_NUMBERS, 7)
    )
