"""Where server errors are told: to Sentry if SENTRY_DSN is set, else by mail to ADMINS.

Neither gets the text of an error, local variables, or anything of the request but its route, its id
and the key of the account: all else may be personal. The text is in the log, under the same id.
"""

import hashlib
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from flask import Flask, current_app
from werkzeug.utils import import_string

import config
from webapp.db.transactions import execute_write
from webapp.mail import Recipient, mail_statement
from webapp.observability.error_reports import ErrorReporter, error_reporters
from webapp.observability.execution import current_execution
from webapp.observability.tracebacks import find_place, format_places
from webapp.web import rate_limits

#: Mails about one place in the code, and about all, that a region sends: (mails, seconds).
LIMIT_ONE_PLACE = (1, 3600)
LIMIT_ALL = (10, 3600)


def init_app(app: Flask) -> None:
    settings = app.config
    if settings["SENTRY_DSN"]:
        error_reporters(app).append(_make_sentry_reporter(settings))
    elif settings["ADMINS"]:
        error_reporters(app).append(ErrorMailer())


def _make_sentry_reporter(settings: Mapping[str, Any]) -> ErrorReporter:
    """Import what only servers with a DSN need. Raises ConfigurationError without the package."""
    try:
        reporter_class = import_string("webapp.ops.sentry:SentryReporter")
    except ImportError:
        message = "SENTRY_DSN needs the package sentry-sdk: install requirements-monitoring.txt."
        raise config.ConfigurationError(message) from None
    names = (settings["REGION"], settings["RELEASE"])
    reporter: ErrorReporter = reporter_class(settings["SENTRY_DSN"], *names)
    return reporter


class ErrorMailer:
    """Mails an error to ADMINS: each place in the code once an hour, ten mails an hour in all.

    The processes of a region share the counts; each also remembers what it has mailed, so that an
    error of every request costs no write at each.
    """

    def __init__(self) -> None:
        self._mailed_at: dict[str, float] = {}
        self._lock = Lock()

    def __call__(self, error: BaseException) -> None:
        group = f"{type(error).__qualname__} {find_place(error)}"
        if self._is_remembered(group):
            return
        limits = {"error " + _digest(group): LIMIT_ONE_PLACE, "error mails": LIMIT_ALL}
        try:
            rate_limits.count_attempt(
                [
                    rate_limits.make_bucket(name, rate_limits.Limit(*limit))
                    for name, limit in limits.items()
                ]
            )
        except rate_limits.TooManyTries:
            return
        for address in current_app.config["ADMINS"]:
            recipient = Recipient(address, name="")
            execute_write(mail_statement("server_error", recipient, **_describe(error)))

    def _is_remembered(self, group: str) -> bool:
        now = time.monotonic()
        with self._lock:
            recent = {name: at for name, at in self._mailed_at.items() if now - at < LIMIT_ALL[1]}
            self._mailed_at = {**recent, group: recent.get(group, now)}
            return group in recent


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _describe(error: BaseException) -> dict[str, Any]:
    execution = current_execution()
    return {
        "error": type(error).__qualname__,
        "place": find_place(error),
        "where": execution.name if execution else "",
        "request_id": str(execution.id) if execution else "",
        "server_region": current_app.config["REGION"],
        "traceback": format_places(error),
    }
