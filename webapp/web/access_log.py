"""One log line for each request, whoever answers it: Flask, the response cache or a limit.

It names the template of the route, never the path: paths contain unlock codes and the tokens of
links in mails. Neither the visitor's network address nor the query string is logged.
"""

import logging
from collections.abc import Iterable
from typing import Any

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from webapp.observability.execution import NO_ROUTE, Execution, current_execution, enter
from webapp.observability.logs import log_fast
from webapp.observability.metrics import record_request
from webapp.web.middleware import Application

log = logging.getLogger(__name__)

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def init_app(app: Flask) -> None:
    """Wrap the application. Call it after all other middleware: it measures them, too."""
    app.wsgi_app = AccessLog(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_note_route)


def _note_route() -> None:
    execution = current_execution()
    if execution and request.url_rule:
        execution.name = request.url_rule.rule


class AccessLog:
    """WSGI middleware: the outermost one."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        execution = Execution("request", NO_ROUTE, method=method if method in METHODS else "OTHER")
        previous = enter(execution)
        statuses = [500]  # of a request that fails before it starts a response

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            statuses[:] = [int(status[:3])]
            return start_response(status, headers, *error)

        def finish() -> None:
            _finish(execution, statuses[0])
            enter(previous)

        try:
            body = self.application(environ, start)
        except BaseException:
            finish()
            raise
        if isinstance(body, list | tuple):  # it is complete
            finish()
            return body
        # What is called at its end, such as a statement after the response, belongs to it.
        return ClosingIterator(body, finish)


def _finish(execution: Execution, status: int) -> None:
    record_request(execution, status)
    fields = {"method": execution.method, "status": status, **execution.usage()}
    log_fast(log, "request", fields)
