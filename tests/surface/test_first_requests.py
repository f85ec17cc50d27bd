"""Each route works as the first request of a process: earlier requests could hide a defect."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL
from werkzeug.routing import Rule

from tests.examples import examples
from tests.factories import UserFactory
from tests.fresh_process import Request, send_in_fresh_processes
from tests.surface.routes import Address, methods, rules
from tests.surface.staff_site import load_staff_site
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.web import access
from webapp.web.roles import Permission, Role, list_roles_with

VISITOR = "visitor"
#: Who requests a route, by what it requires.
VIEWERS: dict[str | None, list[str]] = {
    access.PUBLIC: [VISITOR, Role.RIDER],
    access.SIGNED_IN: [Role.RIDER, Role.OWNER],
    **{permission: [list_roles_with(permission)[0]] for permission in Permission},
}
ALL_VIEWERS = [VISITOR, *Role]


def choose_viewers(rule: Rule, number: int) -> list[str]:
    """Return who requests the route of that number: all roles when MOVR_TEST_EXAMPLES is set, else
    the viewers take turns."""
    required = access.required_access(rule.endpoint)
    if examples(1) > 1 or required is None:
        return ALL_VIEWERS
    viewers = VIEWERS[required]
    return [viewers[number % len(viewers)]]


def test_no_route_fails_as_the_first_request_of_a_process(
    app: Flask,
    database: URL,
    make_user: UserFactory,
    make_address: Callable[[], Address],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    address = make_address()
    staff_site = load_staff_site(app)
    of_staff = {rule.endpoint for rule, _ in staff_site.list_routes()}

    def make_viewer(role: str) -> User:
        return make_user(roles=[] if role == Role.RIDER else [role])

    users = {str(role): make_viewer(role) for role in Role}

    def make_requests() -> Iterator[Request]:
        for number, rule in enumerate(rules(app)):
            for viewer in choose_viewers(rule, number):
                for method in methods(rule):
                    # A form may end the sessions of its account, or close it.
                    is_safe = method == "GET" or viewer == VISITOR
                    user = users.get(viewer) if is_safe else make_viewer(viewer)
                    fill = staff_site.fill if rule.endpoint in of_staff else address
                    yield make_request(app, method, fill(rule), user)

    with app.app_context():
        requests = list(make_requests())
    codes = send_in_fresh_processes(database, requests)
    failures = [
        f"{code} {request.method} {request.path}"
        for code, request in zip(codes, requests, strict=True)
        if not 200 <= code < 500
    ]
    assert failures == []
    assert codes.count(200) > len(codes) / 4, "the sessions are not valid"


def make_request(app: Flask, method: str, path: str, user: User | None) -> Request:
    browser: Visitor = app.test_client()  # type: ignore[assignment]
    if user:
        browser.sign_in(user)
    form = {"csrf_token": browser.token()} if method == "POST" else {}
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = browser.get_cookie(name)
    return Request(method, path, {name: cookie.value} if cookie else {}, form)
