"""MovR: vehicle sharing for many cities in many regions, on one global database."""

import logging
from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers

import config
from webapp import (
    api,
    auth,
    exports,
    fleet,
    fragment_cache,
    hooks,
    machine_translation,
    mail,
    notices,
    numbers,
    ops,
    regions,
    riders,
    rides,
    templating,
    texts,
    translations,
)
from webapp.cli import LazyGroup, add_commands
from webapp.db import engines, write_buffer
from webapp.db.keys import RowKeyConverter
from webapp.extensions import babel, bcrypt, bootstrap, csrf, login_manager
from webapp.observability import error_reports, logs, tracing
from webapp.settings.dotenv import describe_unknown_names
from webapp.settings.environment import find_environment, read_overrides
from webapp.settings.problems import find_problems
from webapp.web import (
    access,
    access_log,
    compression,
    cookies,
    error_pages,
    health,
    languages,
    manifest,
    metrics_page,
    middleware,
    request_id,
    request_limits,
    response_cache,
    root_files,
    security_headers,
    service_worker,
    units,
)
from webapp.web.assets import static_files

log = logging.getLogger(__name__)


def create_app(environment: type[config.Configuration] | None = None, **settings: Any) -> Flask:
    """Return the application.

    environment: a class of config.py; by default the one that MOVR_ENV names.
    settings: single values that win over the class and the environment variables.
    Raises ConfigurationError when the settings forbid starting.
    """
    environment = environment or find_environment()
    values = {**read_overrides(), **settings}
    instance_path = values.get("INSTANCE_PATH", environment.INSTANCE_PATH)
    # Static files are served by webapp/web/assets.
    app = Flask(
        __name__, instance_path=instance_path, static_folder=None, static_url_path="/static"
    )
    app.cli = LazyGroup()
    app.config.from_object(environment)
    app.config.from_mapping(values)
    if problems := find_problems(environment, app.config):
        raise config.ConfigurationError(" ".join(problems))

    # Before anything logs: Flask would add a handler of its own.
    logs.configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"], app.config["REGION"])
    for problem in describe_unknown_names():
        log.warning(problem)
    if app.config["TRACES_URL"]:
        _configure_tracing(app)
    app.url_map.converters["key"] = RowKeyConverter
    _init_extensions(app)
    _init_requests(app)
    modules = (
        auth, machine_translation, texts, notices, riders, fleet, rides, numbers, exports, ops,
    )  # fmt: skip
    for module in modules:
        module.create_module(app)
    configure_mappers()  # once in a process; else the first requests fail or wait for it
    return app


def _configure_tracing(app: Flask) -> None:
    settings = app.config
    try:
        tracing.configure(settings["TRACES_URL"], settings["TRACES_SHARE"], settings["REGION"])
    except tracing.TracingUnavailable:
        message = "TRACES_URL needs more packages: install requirements-monitoring.txt."
        raise config.ConfigurationError(message) from None


def _init_extensions(app: Flask) -> None:
    error_reports.init_app(app)
    engines.init_app(app)
    write_buffer.init_app(app)
    babel.init_app(app, locale_selector=languages.find_language)
    units.init_app(app)
    bcrypt.init_app(app)
    bootstrap.init_app(app)
    login_manager.init_app(app)
    mail.init_app(app)
    hooks.init_app(app)


def _init_requests(app: Flask) -> None:
    """Add what all requests share. The order is that in which requests pass, but for the access
    log and the host name: their middleware is around the response cache."""
    response_cache.init_app(app)
    middleware.init_app(app)
    access_log.init_app(app)  # around all of them
    compression.init_app(app)
    cookies.init_app(app)
    security_headers.init_app(app)
    request_id.init_app(app)
    request_limits.init_app(app)
    access.init_app(app)  # before csrf: who has no session is asked to sign in, not to reload
    csrf.init_app(app)
    error_pages.init_app(app)
    templating.init_app(app)
    translations.init_app(app)
    fragment_cache.init_app(app)
    regions.init_app(app)
    health.init_app(app)
    metrics_page.init_app(app)
    api.init_app(app)
    root_files.init_app(app)
    manifest.init_app(app)
    service_worker.init_app(app)
    static_files.init_app(app)
    add_commands(app, {"list-routes": "webapp.web.cli:list_routes"})
