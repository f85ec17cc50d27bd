"""Every problem that an operation of the API answers with is one that its document lists.

All tests that send requests to the application of ``app`` check it, whatever else they test.
"""

from functools import cache

from flask import Flask, Response, request

from webapp.api.document import list_problem_names, list_routes
from webapp.web.problems import PROBLEM_TYPE


class UndeclaredProblem(AssertionError):
    """An operation has answered with a problem that its document does not list."""


def _is_refused_before() -> bool:
    """Tell whether the request is one that no operation gets (webapp/web/request_limits.py)."""
    has_nul = any("\0" in value for value in request.args.values())
    return has_nul or "Transfer-Encoding" in request.headers


def check_declared_problems(app: Flask) -> None:
    """Let requests to operations fail with UndeclaredProblem from now on."""

    @cache
    def declared_problems() -> dict[str, dict[int, list[str]]]:
        return {route.endpoint: list_problem_names(route) for route in list_routes(app)}

    @app.after_request
    def check(response: Response) -> Response:
        declared = declared_problems().get(request.endpoint or "")
        if declared is None or response.mimetype != PROBLEM_TYPE or _is_refused_before():
            return response
        if response.status_code == 500:  # a defect, which another test provokes
            return response
        name = response.get_json()["type"].rpartition("/")[2]
        if name not in declared.get(response.status_code, ()):
            raise UndeclaredProblem(f"{request.endpoint}: {response.status_code} {name}")
        return response
