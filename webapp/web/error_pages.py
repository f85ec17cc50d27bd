"""Error pages: every error becomes a page of the site, or JSON for clients that ask for it. In the
API and the feeds it becomes problem details (webapp/web/problems.py).

The text is written here. No page shows a traceback or SQL.
"""

import logging
from types import TracebackType

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.db.circuit_breaker import DatabaseUnresponsive
from webapp.db.errors import is_unavailable, sqlstate
from webapp.db.transactions import AmbiguousCommit
from webapp.errors import DomainError
from webapp.observability.error_reports import report_error
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.api_requests import wants_problem_details
from webapp.web.problems import domain_problem, status_problem

log = logging.getLogger(__name__)

#: As of ``sys.exc_info()``.
ExceptionInfo = tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]

#: Status -> (title, advice). Other statuses are shown as a 400 or a 500.
PAGES: dict[int, tuple[LazyString, LazyString]] = {
    400: (
        _l("We couldn't read that"),
        _l("The page may be out of date. Go back, reload the page and try again."),
    ),
    401: (_l("Please sign in"), _l("Please sign in to continue.")),
    403: (_l("You can't open this page"), _l("Your account does not have access to this page.")),
    404: (_l("Page not found"), _l("It may have been moved or removed.")),
    405: (
        _l("This address can't be opened directly"),
        _l("Use the button on the page instead of opening this address."),
    ),
    409: (
        _l("Not right now"),
        _l("Something has changed in the meantime. Please reload the page."),
    ),
    411: (_l("The length is missing"), _l("Send it again with its length (Content-Length).")),
    413: (_l("That is too large"), _l("What you sent is too large. Please send less.")),
    429: (_l("Too many attempts"), _l("Too many attempts in a short time. Wait a minute.")),
    500: (
        _l("Something went wrong"),
        _l("Something went wrong on our side. Please try again in a moment."),
    ),
    503: (
        _l("We'll be right back"),
        _l("Our database is not responding. This page will work again as soon as it does."),
    ),
}


def error_page(
    status: int,
    message: LazyString | str | None = None,
    title: LazyString | str | None = None,
    **headers: str,
) -> ResponseReturnValue:
    """Return the error response for a status; ``message`` and ``title`` replace the usual text."""
    if wants_problem_details():
        return status_problem(status, message, **headers)
    # What another site has failed at may have used up what the address holds: a code to sign in.
    can_retry = status == 503 and message is None and request.method == "GET"
    usual_title, advice = PAGES.get(status) or PAGES[400 if status < 500 else 500]
    title, message = str(title or usual_title), str(message or advice)
    if _wants_json():
        return {"error": title, "error_description": message}, status, headers
    return make_response(_render(status, title, message, can_retry), status, headers)


def _render(status: int, title: str, message: str, can_retry: bool) -> str:
    """Render the page with the visitor's header, or without it if the database does not answer."""
    template = "errors/error.html"
    values = {"status": status, "title": title, "message": message, "can_retry": can_retry}
    try:
        return render_template(template, **values)
    except (DBAPIError, PoolTimeout):
        g.failsafe = True
        return render_template(template, **values)


def init_app(app: Flask) -> None:
    app.log_exception = _report_exception  # type: ignore[method-assign]
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(DomainError, _answer_domain_error)
    app.register_error_handler(DBAPIError, _answer_database_error)
    app.register_error_handler(PoolTimeout, _answer_database_unavailable)
    app.register_error_handler(AmbiguousCommit, _answer_ambiguous_commit)


def _report_exception(exc_info: ExceptionInfo) -> None:
    """Report an error that no handler knows. Flask's own function would log the path, which may
    contain a token or an unlock code."""
    if exc_info[1]:
        report_error(exc_info[1])


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # abort(response)
        return error.response
    if isinstance(error, InternalServerError):
        g.failsafe = True
    status = error.code or 500
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(methods)} if methods else {}
    return error_page(status, None, **headers)


def _answer_domain_error(error: DomainError) -> ResponseReturnValue:
    if wants_problem_details():
        return domain_problem(error)
    return error_page(error.status, error.message, error.title, **error.headers)


def _answer_database_error(error: DBAPIError) -> ResponseReturnValue:
    if is_unavailable(error):
        return _answer_database_unavailable(error)
    if sqlstate(error) == "22P02":  # a region that the enum of the database lacks
        return error_page(404)
    report_error(error)
    g.failsafe = True
    return error_page(500)


def _answer_database_unavailable(error: Exception) -> ResponseReturnValue:
    if not isinstance(error, DatabaseUnresponsive):  # the circuit breaker has logged it once
        log.error("database unavailable: %s", type(error).__name__)
    g.failsafe = True  # the page must not read the viewer from the database
    return error_page(503, None, **{"Retry-After": "5"})


def _answer_ambiguous_commit(error: AmbiguousCommit) -> ResponseReturnValue:
    log.error("commit of unknown result")
    g.failsafe = True
    message = _(
        "We lost the connection while saving. Check whether it was saved before you try again."
    )
    return error_page(503, message, **{"Retry-After": "5"})


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
