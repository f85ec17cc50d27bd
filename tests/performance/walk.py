"""Counts how often each request of a walk through MovR speaks to the database."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any, Protocol

from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor

#: The most that is allowed; for other actions the table states what they cost.
PUBLIC_LIST, PAGE, RIDE, SIGN_IN = 1, 2, 3, 3
NEW_PASSWORD = "five words make another one"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "40.73",
    "lon": "-73.99",
}
PERSON = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
ACCOUNT = {
    **PERSON,
    "username": "ada",
    "email": "ada@example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@dataclass(frozen=True)
class Step:
    """One request, and the round trips that it needed."""

    label: str
    method: str
    #: Its route, as in tests/surface/routes.txt.
    route: str
    trips: int
    budget: int | None
    #: What the tutorial application needs for the same, where it was measured.
    tutorial: int | None
    cache_control: str

    @property
    def address(self) -> str:
        return f"{self.method} {self.route}"


class QueryRecord(Protocol):
    """What sees the statements of the application, such as a DatabaseProxy."""

    def take_queries(self) -> Sequence[object]:
        """Return those since the last call."""


class Walk:
    """The steps so far."""

    def __init__(
        self, app: Flask, queries: QueryRecord, make_user: UserFactory, make_vehicle: VehicleFactory
    ) -> None:
        self.app = app
        self.queries = queries
        self.make_user = make_user
        self.make_vehicle = make_vehicle
        self.steps: list[Step] = []

    def sign_in_new_user(self, *roles: str) -> Visitor:
        """Return a browser in which a new account is signed in."""
        return self.visitor().sign_in(self.make_user(roles=roles))

    def visitor(self) -> Visitor:
        visitor: Visitor = self.app.test_client()  # type: ignore[assignment]
        return visitor

    def link(self, path: str, back: int = 1) -> str:
        """Return the link below ``path`` in the last mail that has one, or the one before."""
        bodies = "\n".join(mail.body for mail in read_mails(self.app))
        return str(re.findall(rf"{path}\S+", bodies)[-back])

    def get(
        self, browser: FlaskClient, label: str, path: str, budget: int, tutorial: int | None = None
    ) -> Any:
        """Measure a page."""
        return self.measure(label, "GET", path, budget, tutorial, lambda: browser.get(path))

    def post(
        self,
        browser: Visitor,
        label: str,
        path: str,
        budget: int | None = None,
        tutorial: int | None = None,
        /,
        **fields: str | tuple[BytesIO, str],
    ) -> Any:
        """Measure an action; the page with its form is open already.

        fields: texts, and files with their names.
        """
        data = {"csrf_token": browser.token(), **fields}
        return self.measure(
            label, "POST", path, budget, tutorial, lambda: browser.post(path, data=data)
        )

    def post_json(
        self,
        program: FlaskClient,
        label: str,
        path: str,
        budget: int,
        /,
        **values: Any,
    ) -> Any:
        """Measure an action of the API."""
        return self._send_json(program, label, "POST", path, budget, values)

    def put_json(
        self, program: FlaskClient, label: str, path: str, budget: int, /, **values: Any
    ) -> Any:
        """Measure a change by the API."""
        return self._send_json(program, label, "PUT", path, budget, values)

    def delete(self, program: FlaskClient, label: str, path: str, budget: int) -> Any:
        """Measure the removal of something by the API."""
        return self._send_json(program, label, "DELETE", path, budget, None)

    def _send_json(
        self, program: FlaskClient, label: str, method: str, path: str, budget: int, values: Any
    ) -> Any:
        send = partial(program.open, path, method=method, json=values)
        response = self.measure(label, method, path, budget, None, send)
        assert response.status_code < 300, response.text
        return response

    def measure(
        self,
        label: str,
        method: str,
        path: str,
        budget: int | None,
        tutorial: int | None,
        send: Callable[[], Any],
    ) -> Any:
        """Measure what ``send`` does."""
        self.queries.take_queries()
        response = send()
        queries = self.queries.take_queries()
        self.keep_queries(label, queries)
        adapter = self.app.url_map.bind("localhost")
        rule, _ = adapter.match(path.split("?")[0], method, return_rule=True)
        caching = response.headers["Cache-Control"]
        self.steps.append(Step(label, method, rule.rule, len(queries), budget, tutorial, caching))
        return response

    def keep_queries(self, label: str, queries: Sequence[object]) -> None:
        """Take the statements of a step; a walk that looks at them has its own."""
