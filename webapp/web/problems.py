"""Problem details: the errors of the API and of the feeds as RFC 9457 says, made from the same
errors as pages.

The type of a problem is the address of a page about it, ``/problems/<name>`` (webapp/api/pages.py).
Programs compare it, so a name never changes; tests/api/problems.txt lists them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from flask import Response, current_app, g
from flask_babel import LazyString

from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

PROBLEM_TYPE = "application/problem+json"


class StatusProblem(NamedTuple):
    """The problem of an HTTP status, for errors that no rule of the application raises."""

    name: str
    title: LazyString
    detail: LazyString


#: Other statuses are answered as 400 or 500.
STATUS_PROBLEMS: dict[int, StatusProblem] = {
    400: StatusProblem(
        "bad-request",
        _l("Request not readable"),
        _l("The request is no valid HTTP or JSON, or a parameter comes twice."),
    ),
    401: StatusProblem(
        "unauthorized",
        _l("Access token needed"),
        _l("Send a valid access token in the header “Authorization: Bearer ...”."),
    ),
    403: StatusProblem(
        "forbidden", _l("Not allowed"), _l("This account may not do that, or not with this token.")
    ),
    404: StatusProblem(
        "not-found", _l("Not found"), _l("There is nothing at this address, or not for you.")
    ),
    405: StatusProblem(
        "method-not-allowed",
        _l("Method not allowed"),
        _l("The header “Allow” lists the methods of this address."),
    ),
    409: StatusProblem(
        "conflict",
        _l("Not possible right now"),
        _l("Something has changed in the meantime. Read it again, then decide."),
    ),
    410: StatusProblem(
        "gone", _l("Gone"), _l("What was at this address has ended, and does not come back.")
    ),
    411: StatusProblem(
        "length-required", _l("Length missing"), _l("Send the header “Content-Length”.")
    ),
    413: StatusProblem(
        "content-too-large", _l("Request too large"), _l("The request is too large. Send less.")
    ),
    415: StatusProblem(
        "unsupported-media-type",
        _l("Not JSON"),
        _l("Send the body as JSON, with the header “Content-Type: application/json”."),
    ),
    422: StatusProblem(
        "invalid-request",
        _l("Values not valid"),
        _l("Correct the values that “errors” lists, and send the request again."),
    ),
    429: StatusProblem(
        "too-many-requests",
        _l("Too many attempts"),
        _l("Wait as many seconds as the header “Retry-After” says."),
    ),
    500: StatusProblem(
        "internal-error",
        _l("Something went wrong"),
        _l("Something went wrong on our side. It has been recorded."),
    ),
    503: StatusProblem(
        "unavailable",
        _l("Not available right now"),
        _l("Our database is not responding. Try again after the header “Retry-After”."),
    ),
}


class InvalidRequest(DomainError):
    """The values of a request have the wrong type or are out of range.

    Details: ``errors``, pairs of a JSON pointer (RFC 6901) into the body or the parameters,
    and what is wrong.
    """

    status = 422
    title = STATUS_PROBLEMS[422].title
    message = STATUS_PROBLEMS[422].detail


class InsufficientScope(DomainError):
    """The access token lacks the scope of a resource. Details: ``scope``."""

    status = 403
    title = _l("Scope missing")
    message = _l("This access token does not have the scope that this needs.")

    def problem_members(self) -> dict[str, Any]:
        return {"scope": self.details["scope"]}


def status_problem(
    status: int, detail: LazyString | str | None = None, **headers: str
) -> tuple[Response, int, dict[str, str]]:
    """Return the answer to a request that fails with an HTTP status."""
    problem = STATUS_PROBLEMS.get(status) or STATUS_PROBLEMS[400 if status < 500 else 500]
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer", **headers}
    body = _make_body(problem.name, status, problem.title, detail or problem.detail)
    return _answer(body), status, headers


def domain_problem(error: DomainError) -> tuple[Response, int, dict[str, str]]:
    """Return the answer to a request that a rule refuses."""
    title = error.title or find_status_title(error.status)
    body = _make_body(error.problem_name, error.status, title, error.message)
    errors = list(_list_errors(error))
    return (
        _answer({**body, **({"errors": errors} if errors else {}), **error.problem_members()}),
        (error.status),
        error.headers,
    )


def find_status_title(status: int) -> LazyString:
    """Return the title of a status that has no problem of its own."""
    return (STATUS_PROBLEMS.get(status) or STATUS_PROBLEMS[400]).title


def make_problem_uri(name: str) -> str:
    """Return the type of a problem: the address of its page below PUBLIC_URL."""
    return f"{current_app.config['PUBLIC_URL']}/problems/{name}"


def list_domain_errors(root: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Yield the class of every rule that can refuse something."""
    for error_class in root.__subclasses__():
        yield error_class
        yield from list_domain_errors(error_class)


def _list_errors(error: DomainError) -> Iterator[Mapping[str, str]]:
    pairs: Iterable[tuple[str, str]] = error.details.get("errors", ())
    if error.field:
        pairs = [*pairs, (f"/{error.field}", str(error.message))]
    for pointer, detail in pairs:
        yield {"pointer": pointer, "detail": detail}


def _make_body(
    name: str, status: int, title: LazyString | str, detail: LazyString | str
) -> dict[str, Any]:
    body = {
        "type": make_problem_uri(name),
        "status": status,
        "title": str(title),
        "detail": str(detail),
    }
    request_id = g.get("request_id")
    return {**body, "instance": f"urn:uuid:{request_id}"} if request_id else body


def _answer(body: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), mimetype=PROBLEM_TYPE)
