"""Errors of the API are problem details, from the same errors as those of pages."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.surface.test_access import assert_golden
from tests.visitor import Visitor
from webapp.api.document import list_routes
from webapp.api.idempotency import IdempotencyKeyInvalid, IdempotencyKeyReused
from webapp.errors import DomainError
from webapp.rides.refusal_reasons import VehicleUnavailable
from webapp.web.problems import (
    PROBLEM_TYPE,
    STATUS_PROBLEMS,
    InsufficientScope,
    domain_problem,
    list_domain_errors,
)
from webapp.web.rate_limits import TooManyTries

NAMES_FILE = Path(__file__).with_name("problems.txt")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "name"),
    [
        ("GET", "/api/v1/nothing", {"headers": {"Accept": "text/html"}}, 404, "not-found"),
        ("GET", "/api/v1/cities/atlantis", {}, 404, "not-found"),
        ("POST", "/api/v1/cities", {}, 405, "method-not-allowed"),
        ("GET", "/api/v1/cities?a=1&a=2", {}, 400, "bad-request"),
        ("POST", "/api/v1/cities", {"data": b"x" * 70_000}, 413, "content-too-large"),
        ("POST", "/api/v1/cities", {"headers": {"Transfer-Encoding": "chunked"}}, 411, "length-required"),
    ],
)  # fmt: skip
def test_every_error_below_the_api_is_a_problem_with_a_page(
    visitor: Visitor, method: str, path: str, options: Any, status: int, name: str
) -> None:
    response = visitor.open(path, method=method, **options)
    assert (response.status_code, response.mimetype) == (status, PROBLEM_TYPE)
    problem = response.get_json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/problems/{name}")
    assert problem["title"] == STATUS_PROBLEMS[status].title
    assert problem["instance"] == f"urn:uuid:{response.headers['X-Request-Id']}"
    page = visitor.get(f"/problems/{name}")
    assert page.status_code == 200
    assert problem["title"] in page.text


def test_a_refusal_says_in_the_api_what_the_page_says(app: Flask) -> None:
    with app.test_request_context("/api/v1/rides"):
        response, status, headers = domain_problem(VehicleUnavailable())
        assert (status, headers) == (409, {})
        assert response.get_json() == {
            "type": f"{app.config['PUBLIC_URL']}/problems/vehicle-unavailable",
            "status": 409,
            "title": VehicleUnavailable.title,
            "detail": VehicleUnavailable.message,
        }
        _, status, headers = domain_problem(TooManyTries(90, first=True))
        assert (status, headers) == (429, {"Retry-After": "90"})


def test_every_problem_of_the_api_has_a_page_and_a_name_that_stays(
    app: Flask, visitor: Visitor
) -> None:
    """Programs compare the names. After a wanted change, MOVR_WRITE_GOLDEN=1 writes them anew; a
    name that is gone breaks programs."""
    names = {problem.name: status for status, problem in STATUS_PROBLEMS.items()}
    always: set[type[DomainError]] = {TooManyTries, InsufficientScope}
    always |= {IdempotencyKeyInvalid, IdempotencyKeyReused}
    errors = always.union(*(route.operation.problems for route in list_routes(app)))
    names |= {error.problem_name: error.status for error in errors}
    assert_golden(NAMES_FILE, "".join(f"{name} {names[name]}\n" for name in sorted(names)))
    for name in names:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert visitor.get(f"/problems/{name}").status_code == 200
    assert visitor.get("/problems/nothing").status_code == 404


def test_no_two_problems_have_the_same_name_and_another_status() -> None:
    statuses: dict[str, int] = {}
    for error in list_domain_errors():
        assert statuses.setdefault(error.problem_name, error.status) == error.status
