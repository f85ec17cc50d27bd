"""The document of the API, the page about it, and a page for each type of problem."""

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from webapp.api.document import example_command, find_document, list_routes
from webapp.api.operations import V1
from webapp.web.access import public
from webapp.web.problems import (
    STATUS_PROBLEMS,
    StatusProblem,
    find_status_title,
    list_domain_errors,
)

bp = Blueprint("api", __name__)

DOCUMENT_MAX_AGE_S = 300


@bp.get("/api")
@public
def index() -> ResponseReturnValue:
    """What the API can do, with an example of each operation."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    routes = list_routes(app)
    return render_template("api/index.html", routes=routes, example_command=example_command)


@bp.get(f"{V1}/openapi.json")
@public
def document() -> Response:
    """The API as an OpenAPI 3.1 document."""
    response = Response(find_document(), mimetype="application/json")
    response.cache_control.public = True
    response.cache_control.max_age = DOCUMENT_MAX_AGE_S
    return response


@bp.get("/problems/<name>")
@public
def problem(name: str) -> ResponseReturnValue:
    """What a type of problem means: the address is its type (RFC 9457)."""
    status, described = _find_problem(name) or abort(404)
    return render_template("api/problem.html", name=name, status=status, problem=described)


def _find_problem(name: str) -> tuple[int, StatusProblem] | None:
    for status, status_problem in STATUS_PROBLEMS.items():
        if status_problem.name == name:
            return status, status_problem
    for error_class in list_domain_errors():
        if error_class.problem_name == name:
            title = error_class.title or find_status_title(error_class.status)
            message = error_class.message
            assert isinstance(message, LazyString)  # noqa: S101
            return error_class.status, StatusProblem(name, title, message)
    return None
