"""One log line for each request, whoever answers it: Flask, the response cache or a limit.

It names the template of the route, never the path: paths contain unlock codes and the tokens of
links in mails. Neither the visitor's network address nor the query string is logged.
"""

import logging
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.wsgi import ClosingIterator

from webapp.observability.execution import NO_ROUTE, Execution, current_execution, enter
from webapp.observability.logs import log_fast
from webapp.observability.metrics import record_request
from webapp.observability.tracing import end_trace, start_trace
from webapp.web.middleware import Application
from webapp.web.roles import Permission

log = logging.getLogger(__name__)

#: Is set in the environ of a request whose response is a stream without an end: its line is written
#: when it begins, so that it does not count as slow.
IS_STREAM = "movr.is_stream"

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def init_app(app: Flask) -> None:
    """Wrap the application. Call it after all other middleware: it measures them, too."""
    app.wsgi_app = AccessLog(app.wsgi_app, app.debug)  # type: ignore[method-assign]
    app.before_request(_note_route)
    app.after_request(_note_admin)


def _note_route() -> None:
    execution = current_execution()
    if execution and request.url_rule:
        execution.name = request.url_rule.rule


def _note_admin(response: Response) -> Response:
    """Show admins ``Server-Timing``, and nobody else: the exact time of the database, without the
    noise of the network, could tell a visitor whether an account exists."""
    user = g.get("_login_user")
    execution = current_execution()
    if execution and user and user.is_authenticated and user.has_permission(Permission.VIEW_STATUS):
        execution.shows_timing = True
    return response


def _format_server_timing(execution: Execution) -> str:
    """Return the value of the header (W3C Server Timing), milliseconds until now."""
    usage = execution.usage()
    database = f'db;dur={usage["database_ms"]};desc="{usage["round_trips"]} round trips"'
    return f"{database}, total;dur={usage['ms']}"


class AccessLog:
    """WSGI middleware: the outermost one."""

    def __init__(self, application: Application, shows_timing: bool) -> None:
        self.application = application
        self.shows_timing = shows_timing

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        execution = Execution("request", NO_ROUTE, method=method if method in METHODS else "OTHER")
        previous = enter(execution)
        execution.shows_timing = self.shows_timing
        start_trace(execution)  # whose trace a visitor continues is not for the visitor to say
        statuses = [500]  # of a request that fails before it starts a response

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            statuses[:] = [int(status[:3])]
            if execution.shows_timing:
                headers.append(("Server-Timing", _format_server_timing(execution)))
            return start_response(status, headers, *error)

        def finish() -> None:
            _finish(execution, statuses[0])
            enter(previous)

        try:
            body: Iterable[bytes] = self.application(environ, start)
        except BaseException:
            finish()
            raise
        if isinstance(body, list | tuple) or IS_STREAM in environ:  # it is complete
            finish()
            return body
        # What is called at its end, such as a statement after the response, belongs to it.
        return ClosingIterator(body, finish)


def _finish(execution: Execution, status: int) -> None:
    record_request(execution, status)
    attributes: dict[str, str | int] = {
        "http.response.status_code": status,
        "http.route": execution.name,
    }
    end_trace(execution, is_failed=status >= 500, **attributes)
    fields = {"method": execution.method, "status": status, **execution.usage()}
    log_fast(log, "request", fields)
