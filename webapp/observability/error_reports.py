"""Server errors: each is logged with its traceback and passed to reporters (Sentry, mail)."""

import logging
from collections.abc import Callable

from flask import Flask, current_app

from webapp.observability.execution import current_execution
from webapp.observability.metrics import SERVER_ERRORS
from webapp.observability.tracebacks import find_place

log = logging.getLogger(__name__)

#: Is called with the error, in the request, command or job that failed.
ErrorReporter = Callable[[BaseException], None]

REPORTERS = "movr_error_reporters"


def init_app(app: Flask) -> None:
    app.extensions[REPORTERS] = []


def error_reporters(app: Flask) -> list[ErrorReporter]:
    """Return the reporters of an application; append one to hear of its errors."""
    reporters: list[ErrorReporter] = app.extensions[REPORTERS]
    return reporters


def flush_reports() -> None:
    """Wait until reporters that send in the background have sent all, at the end of a process."""
    for reporter in error_reporters(current_app):
        if flush := getattr(reporter, "flush", None):
            flush()


def report_error(error: BaseException) -> None:
    """Log an error that is a defect of ours, and pass it to the reporters.

    Requests do so by themselves (webapp/web/error_pages.py). A job that has failed for good calls
    this inside of its ``Execution``. An error of a reporter is logged and goes no further.
    """
    execution = current_execution()
    SERVER_ERRORS.labels(execution.kind if execution else "thread").inc()
    place = find_place(error)
    log.error("server error: %s in %s", type(error).__name__, place, exc_info=error)
    for reporter in error_reporters(current_app):
        try:
            reporter(error)
        except Exception as failure:
            log.error("an error report was not sent: %s", type(failure).__name__)
