"""Access control of every route, compared with the approved lists routes.txt and matrix.txt."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.api.client import ApiClient
from tests.databases import make_app
from tests.factories import UserFactory
from tests.surface.routes import Address, methods, rules
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.web import access
from webapp.web.access import PUBLIC_ENDPOINTS
from webapp.web.api_requests import API_PREFIX
from webapp.web.roles import GRANTABLE_ROLES, Permission, Role

ROUTES_FILE = Path(__file__).with_name("routes.txt")
MATRIX_FILE = Path(__file__).with_name("matrix.txt")


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    with app.app_context():
        undeclared = [
            rule.rule for rule in rules(app) if access.required_access(rule.endpoint) is None
        ]
    assert undeclared == []


def test_the_list_of_routes_is_the_approved_one(app: Flask) -> None:
    """After a wanted change, MOVR_WRITE_GOLDEN=1 writes routes.txt anew; read the difference."""
    with app.app_context():
        now = "".join(
            f"{' '.join(methods(rule)):9} {access.required_access(rule.endpoint):16} {rule.rule}\n"
            for rule in rules(app)
        )
    assert_golden(ROUTES_FILE, now)


#: Who tries every route: nobody, and accounts with these roles.
VIEWERS: dict[str, Any] = {
    "visitor": None,
    "rider": [],
    **{role: [role] for role in GRANTABLE_ROLES},
    **{f"{role} in paris": {role: ["paris"]} for role in (Role.FLEET, Role.ADMIN)},
}
#: URLs whose response depends on whether the role holds in the city.
PATHS_WITH_CITY = [
    "/fleet?city=boston",
    "/fleet/vehicles?city=boston",
    "/fleet/disputes?city=boston",
    "/fleet/plans?city=boston",
    "/fleet/zones?city=boston",
    "/fleet/feeds?city=boston",
    "/fleet/tasks?city=boston",
    "/fleet/tasks/plan?city=boston",
    "/fleet/tasks/rules?city=boston",
    "/users?city=boston",
    "/admin/users?city=boston",
    "/admin/roles/people?city=boston",
    "/fleet/exports?city=boston",
    "/fleet/owners?city=boston",
    "/admin/texts?city=boston",
    "/admin/texts?city=",
]


def test_the_matrix_of_roles_and_routes_is_the_approved_one(
    app: Flask, make_user: UserFactory, make_address: Callable[[], Address]
) -> None:
    """A permission opens exactly what is declared for it: others get a 403, or the sign-in page.

    Rows of the file are routes, filled with the rows of somebody who lives in New York. After a
    wanted change, MOVR_WRITE_GOLDEN=1 writes it anew; read the difference.
    """
    rows: dict[str, list[int]] = {}
    for roles in VIEWERS.values():
        user = None if roles is None else make_user(roles=roles)
        viewer, address = Viewer(app, user), make_address()
        for rule in rules(app):
            for method in methods(rule):
                response = viewer.call(method, address(rule))
                assert_access(app, rule, user, response)
                rows.setdefault(f"{method:5}{rule.rule}", []).append(response.status_code)
        for path in PATHS_WITH_CITY:
            rows.setdefault(f"GET  {path}", []).append(viewer.call("GET", path).status_code)
    lines = [f"{' ':56}{''.join(f'{name:16}' for name in VIEWERS)}".rstrip()]
    lines += [
        f"{row:56}{''.join(f'{status:<16}' for status in rows[row])}".rstrip()
        for row in sorted(rows, key=lambda row: (row[5:], row))
    ]
    assert_golden(MATRIX_FILE, "\n".join(lines) + "\n")


class Viewer:
    """A client that signs in again after a request that may have signed it out. To the API it sends
    an access token that may do everything."""

    def __init__(self, app: Flask, user: User | None) -> None:
        self.app = app
        self.user = user
        self.program = ApiClient.of(app, user)
        self.sign_in()

    def sign_in(self) -> None:
        self.client: Visitor = self.app.test_client()  # type: ignore[assignment]
        if self.user:
            self.client.sign_in(self.user)
        self.token = self.client.token()

    def call(self, method: str, path: str) -> Any:
        if path.startswith(API_PREFIX):
            return self.program.open(path, method=method, json={} if method == "POST" else None)
        data = {"csrf_token": self.token} if method == "POST" else {}
        response = self.client.open(path, method=method, data=data)
        if method == "POST" and response.status_code < 400:
            self.sign_in()
        return response


def assert_access(app: Flask, rule: Rule, user: User | None, response: Any) -> None:
    with app.app_context():
        required = access.required_access(rule.endpoint)
    is_login_redirect = response.status_code == 303 and response.location.split("?")[0] == "/login"
    if required == access.PUBLIC or (user and _may_call(user, required)):
        assert not is_login_redirect, rule
        assert response.status_code != 403, rule
    elif user:
        assert response.status_code == 403, rule
    elif rule.rule.startswith(API_PREFIX):
        assert response.status_code == 401, rule
    else:
        assert is_login_redirect, rule


def _may_call(user: User, required: str | None) -> bool:
    return required == access.SIGNED_IN or user.has_permission(Permission(required or ""))


def assert_golden(file: Path, text: str) -> None:
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


def test_a_view_that_declares_nothing_is_closed(database: Any) -> None:
    app = make_app(database)
    app.add_url_rule("/left-out", "left_out", lambda: "secret")
    assert app.test_client().get("/left-out").status_code == 403


def test_access_decorators_work_above_and_below_the_route(database: Any) -> None:
    """In the tutorial, login_required above the route decorator had no effect."""
    app = make_app(database)

    @access.signed_in
    @app.get("/above")
    def above() -> str:
        return "secret"

    @app.get("/below")
    @access.signed_in
    def below() -> str:
        return "secret"

    for path in ("/above", "/below"):
        assert app.test_client().get(path).status_code == 303


#: Routes that accept requests without a CSRF token, and why.
WITHOUT_CSRF_TOKEN = {
    "riders.digests.end": "RFC 8058: mail programs send it, without cookies; its token is signed",
}


def test_every_unsafe_route_requires_a_csrf_token(
    app: Flask, visitor: Visitor, make_user: UserFactory, address: Callable[[Rule], str]
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    for rule in rules(app):
        if rule.endpoint in WITHOUT_CSRF_TOKEN or rule.rule.startswith(API_PREFIX):
            continue
        for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            for data in ({}, {"csrf_token": "forged"}):
                response = visitor.open(address(rule), method=method, data=data)
                assert response.status_code == 400, rule
                assert "reload the page" in response.text


@pytest.fixture
def read_all_rows(app: Flask) -> Callable[[], Any]:
    def read() -> Any:
        with app.app_context():
            return {
                table.name: sorted(map(str, db.session.execute(select(table)).all()))
                for table in db.metadata.sorted_tables
            }

    return read


def test_no_get_request_changes_the_database(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    address: Callable[[Rule], str],
    read_all_rows: Callable[[], Any],
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    before = read_all_rows()
    for rule in rules(app):
        if "GET" in (rule.methods or set()) and rule.endpoint not in PUBLIC_ENDPOINTS:
            visitor.get(address(rule))
    after = read_all_rows()
    # That an admin has looked at a table is recorded.
    after["events"] = [event for event in after["events"] if AuditKind.TABLE_VIEWED not in event]
    assert after == before


def test_a_revoked_role_is_effective_at_the_next_request(
    app: Flask, visitor: Visitor, make_user: Callable[..., User]
) -> None:
    from webapp.auth.services.role_grants import revoke_role

    boss = make_user("boss", roles=["fleet"])
    visitor.sign_in(boss)
    assert visitor.get("/fleet").status_code == 200
    with app.app_context():
        revoke_role(boss.key, Role.FLEET)
    assert visitor.get("/fleet").status_code == 403


@pytest.mark.parametrize(
    "body", [{"data": {"sure": "y"}}, {"json": {"sure": "y"}}], ids=["form", "json"]
)
def test_posts_without_a_csrf_token_change_nothing(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    address: Address,
    read_all_rows: Callable[[], Any],
    body: dict[str, Any],
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    before = read_all_rows()
    for rule in rules(app):
        if "POST" in (rule.methods or set()):
            expected = 422 if rule.endpoint in WITHOUT_CSRF_TOKEN else 400
            if rule.rule.startswith(API_PREFIX):
                # A session authenticates nobody there; what is no request of OAuth has an error of it.
                expected = 400 if rule.endpoint == "auth.oauth_tokens.token" else 401
            assert visitor.post(address(rule), **body).status_code == expected, rule
    assert read_all_rows() == before
