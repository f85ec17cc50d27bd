"""Numbers: what a city's fleet and its riders did, by hour, day and month."""

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.numbers.api import bp as api_numbers_bp
from webapp.numbers.controllers import bp as numbers_bp
from webapp.numbers.labels import (
    format_figure,
    format_period,
    format_seconds,
    format_share,
    format_short_amount,
    period_label,
    street_state_label,
    unfinished_label,
)
from webapp.numbers.pages import list_pages
from webapp.numbers.places.controllers import bp as places_bp
from webapp.numbers.response_times.controllers import bp as response_times_bp
from webapp.numbers.response_times.labels import response_kind_label
from webapp.numbers.retention.controllers import bp as retention_bp
from webapp.numbers.schedules import UPDATE_MONTHLY_NUMBERS, UPDATE_ROLLUPS
from webapp.numbers.unmet_demand.controllers import bp as unmet_demand_bp
from webapp.numbers.unmet_demand.recording import add_buffer, record_search
from webapp.numbers.usage import recording as usage
from webapp.numbers.usage.controllers import bp as usage_bp
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def create_module(app: Flask) -> None:
    """Add the pages, commands and jobs of numbers to ``app``."""
    bp = Blueprint("numbers", __name__)
    for pages in (
        numbers_bp,
        api_numbers_bp,
        response_times_bp,
        retention_bp,
        places_bp,
        unmet_demand_bp,
        usage_bp,
    ):
        bp.register_blueprint(pages)
    app.register_blueprint(bp)
    add_commands(app, {"numbers": "webapp.numbers.cli:commands"})
    app.add_template_filter(format_figure, "figure")
    app.add_template_filter(format_period, "period")
    app.add_template_filter(format_seconds, "seconds")
    app.add_template_filter(period_label)
    app.add_template_filter(response_kind_label)
    app.add_template_global(list_pages, "number_pages")
    app.add_template_filter(unfinished_label)
    app.add_template_filter(street_state_label)
    app.add_template_filter(format_share, "share")
    app.add_template_filter(format_short_amount, "short_amount")
    hooks = get_hooks(app)
    add_buffer(app)
    usage.init_app(app)
    hooks.on_vehicle_search += [record_search, usage.count_search]
    hooks.on_registration.append(usage.count_sign_up)
    hooks.add_schedule(UPDATE_ROLLUPS, "webapp.numbers.jobs:update_region")
    hooks.add_schedule(UPDATE_MONTHLY_NUMBERS, "webapp.numbers.jobs:update_months")
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Numbers"), "numbers.numbers.index", Permission.VIEW_NUMBERS, 7)
    )
