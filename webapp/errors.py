"""Whatever goes wrong becomes a page in the site's look, or JSON for clients that ask for it.

Never a trace and never SQL: what people read here is written here.
"""

import logging
from typing import Any

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.db.errors import is_unavailable, sqlstate
from webapp.db.transactions import AmbiguousCommit

log = logging.getLogger(__name__)


class DomainError(Exception):
    """A rule of the house said no. Subclasses are facts, with their status and words.

    ``details`` are for whoever shows the error (a nearer vehicle, the ride that is open).
    """

    status = 409
    #: The heading, where the one of the status does not fit.
    title: Any = None
    message: Any = _l("That is not possible right now.")
    #: The field of a form that it is about, if any.
    field = ""
    #: More headers of the answer.
    headers: dict[str, str] = {}

    def __init__(self, **details: Any) -> None:
        super().__init__(str(details) if details else "")
        self.details = details


class NotFound(DomainError):
    """There is no such row, or it is not for this person to see: both look the same."""

    status = 404
    message = _l("We could not find that.")


#: Status -> (title, what to do). Everything else is told as a 500 or a 400.
PAGES: dict[int, tuple[Any, Any]] = {
    400: (
        _l("That did not arrive in one piece"),
        _l("The page may be an old one. Go back, reload the page, and try again."),
    ),
    401: (_l("Who are you?"), _l("Sign in first.")),
    403: (_l("This door is not yours"), _l("Your account may not open this page.")),
    404: (_l("There is nothing here"), _l("It may have been moved or removed.")),
    405: (_l("Not this way"), _l("That address answers to a button, not to a visit.")),
    409: (_l("Not right now"), _l("Things changed while you were looking. Look again.")),
    411: (_l("How much is it?"), _l("Say first how long it is, and send it again.")),
    413: (_l("That is too much"), _l("What you sent is larger than we take. Send less.")),
    429: (_l("Slow down a little"), _l("Too many tries in a short time. Wait a minute.")),
    500: (_l("That was our fault"), _l("Something broke on our side. Try again in a moment.")),
    503: (
        _l("We are catching our breath"),
        _l("Our database does not answer. This page works again as soon as it does."),
    ),
}


def error_page(
    status: int, message: Any = None, title: Any = None, **headers: str
) -> ResponseReturnValue:
    """Return the answer for ``status``, with other words in place of the usual ones if given."""
    usual, advice = PAGES.get(status) or PAGES[400 if status < 500 else 500]
    title, words = str(title or usual), str(message or advice)
    if _wants_json():
        return {"error": title, "error_description": words}, status, headers
    return make_response(_render(status, title, words), status, headers)


def _render(status: int, title: str, words: str) -> str:
    """Render the page with the visitor's header, or without it if the database is away."""
    template = "errors/error.html"
    try:
        return render_template(template, status=status, title=title, words=words)
    except (DBAPIError, PoolTimeout):
        g.failsafe = True
        return render_template(template, status=status, title=title, words=words)


class OneLine(logging.Filter):
    """What visitors send stays within its line of the log: a path may hold line breaks."""

    def filter(self, record: logging.LogRecord) -> bool:
        shown = (c if c.isprintable() else ascii(c)[1:-1] for c in record.getMessage())
        record.msg, record.args = "".join(shown), ()
        return True


#: One for all applications of a process, which share their logger.
one_line = OneLine()


def init_app(app: Flask) -> None:
    app.logger.addFilter(one_line)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(AmbiguousCommit, _ambiguous)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:  # abort(response)
        return error.response
    if isinstance(error, InternalServerError):
        g.failsafe = True
    status = error.code or 500
    methods = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(methods)} if methods else {}
    return error_page(status, None, **headers)


def _domain_error(error: DomainError) -> ResponseReturnValue:
    return error_page(error.status, error.message, error.title, **error.headers)


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    if is_unavailable(error):
        return _database_away(error)
    if sqlstate(error) == "22P02":  # a region that the database does not know
        return error_page(404)
    log.error("database error", exc_info=error)
    g.failsafe = True
    return error_page(500)


def _database_away(error: Exception) -> ResponseReturnValue:
    log.error("database away: %s", type(error).__name__)
    g.failsafe = True  # the page must not ask the database who is looking at it
    return error_page(503, None, **{"Retry-After": "5"})


def _ambiguous(error: AmbiguousCommit) -> ResponseReturnValue:
    log.error("commit of unknown result on %r", request.path)
    g.failsafe = True
    words = _(
        "We lost the connection while saving. Check whether it was done before you try again."
    )
    return error_page(503, words, **{"Retry-After": "5"})


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
