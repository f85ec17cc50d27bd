"""Operations: serving, the status page, error reports, data retention, the schema reference, the
demo, and what development has: the local PostgreSQL, the mailbox."""

from flask import Flask
from werkzeug.utils import import_string

from webapp.cli import add_commands
from webapp.hooks import Hooks, StaffMenuEntry, get_hooks
from webapp.ops import error_reporting, migrations, region_probe
from webapp.ops.cities.closing import CITY_CLOSED, CITY_REOPENED
from webapp.ops.cities.closing_controllers import bp as city_closing_bp
from webapp.ops.cities.controllers import bp as cities_bp
from webapp.ops.jobs import metrics as job_metrics
from webapp.ops.jobs.alerts import FAILED_JOBS
from webapp.ops.jobs.controllers import bp as jobs_bp
from webapp.ops.jobs.labels import JOB_NAMES
from webapp.ops.schedules import CLOSED_CITIES, SWEEP
from webapp.ops.status.checks import STATUS_SECTIONS
from webapp.ops.status.controllers import bp as status_bp
from webapp.ops.tables.controllers import bp as tables_bp
from webapp.ops.tables.labels import format_cell
from webapp.ops.vehicle_types.controllers import bp as vehicle_types_bp
from webapp.ops.vehicle_types.labels import propulsion_label
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

COMMANDS = {
    "serve": "webapp.ops.serve:serve",
    "sweep": "webapp.ops.cli:sweep",
    "work": "webapp.ops.work:work",
    "jobs": "webapp.ops.jobs.cli:commands",
    "schema": "webapp.ops.schema_docs.cli:schema",
    "translations": "webapp.ops.translations.cli:commands",
}
STAFF_MENU = (
    StaffMenuEntry(_l("Cities"), "cities.index", Permission.MANAGE_CITIES, 82, in_all_cities=True),
    StaffMenuEntry(
        _l("Vehicle types"),
        "vehicle_types.index",
        Permission.MANAGE_VEHICLE_TYPES,
        83,
        in_all_cities=True,
    ),
    StaffMenuEntry(_l("Jobs"), "jobs.index", Permission.MANAGE_JOBS, 85, in_all_cities=True),
    StaffMenuEntry(_l("Status"), "status.index", Permission.VIEW_STATUS, 90, in_all_cities=True),
    StaffMenuEntry(_l("Tables"), "tables.index", Permission.VIEW_TABLES, 95, in_all_cities=True),
)
BLUEPRINTS = (status_bp, jobs_bp, cities_bp, city_closing_bp, vehicle_types_bp, tables_bp)


def create_module(app: Flask) -> None:
    """Add the commands, pages and hooks of operators to ``app``, and what the settings name."""
    migrations.init_app(app)
    error_reporting.init_app(app)
    region_probe.init_app(app)
    job_metrics.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_template_filter(format_cell, "cell_text")
    app.add_template_filter(propulsion_label)
    add_commands(app, COMMANDS)
    _add_hooks(get_hooks(app))
    _add_optional_parts(app)


def _add_hooks(hooks: Hooks) -> None:
    hooks.staff_menu.extend(STAFF_MENU)
    hooks.alert_counters.append(FAILED_JOBS)
    hooks.status_sections.extend(STATUS_SECTIONS)
    hooks.subject_names["job"] = JOB_NAMES
    hooks.add_schedule(CLOSED_CITIES, "webapp.ops.cities.jobs:take_out_vehicles_of_region")
    hooks.add_job_handler(CITY_CLOSED, "webapp.ops.cities.jobs:take_out_vehicles")
    hooks.add_job_handler(CITY_REOPENED, "webapp.ops.cities.jobs:return_vehicles")
    hooks.add_schedule(SWEEP, "webapp.ops.retention:sweep_region")


def _add_optional_parts(app: Flask) -> None:
    """Add the parts that are imported only where the settings name them."""
    if app.config["MAILBOX_MODULE"]:  # only in development
        app.register_blueprint(import_string(app.config["MAILBOX_MODULE"]).bp)
    if app.config["DEVELOPMENT_TOOLS_MODULE"]:
        import_string(app.config["DEVELOPMENT_TOOLS_MODULE"]).init_app(app)
    if app.config["CELERY_BROKER_URL"]:  # without it, no server imports the package
        import_string("webapp.ops.celery.setting").init_app(app)
    if app.config["DEMO_ALLOWED"]:  # production does not load it
        add_commands(app, {"demo": f"{app.config['DEMO_MODULE']}:demo"})
