"""Who may call what: every route says it, and the approved list shows each change."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.databases import make_app
from tests.factories import UserFactory
from tests.surface.routes import Address, methods, rules
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.web import access
from webapp.web.access import PUBLIC_ENDPOINTS
from webapp.web.roles import Role

APPROVED = Path(__file__).with_name("routes.txt")
MATRIX = Path(__file__).with_name("matrix.txt")


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    with app.app_context():
        undeclared = [
            rule.rule for rule in rules(app) if access.required_access(rule.endpoint) is None
        ]
    assert undeclared == []


def test_no_address_appears_or_disappears_silently(app: Flask) -> None:
    """After a wanted change, write the list below into routes.txt and read the difference."""
    with app.app_context():
        now = "".join(
            f"{' '.join(methods(rule)):9} {access.required_access(rule.endpoint):7} {rule.rule}\n"
            for rule in rules(app)
        )
    assert now == APPROVED.read_text()


#: Who tries every route: nobody, and accounts with these roles.
PEOPLE: dict[str, Any] = {
    "visitor": None,
    "rider": [],
    "owner": ["owner"],
    "fleet": ["fleet"],
    "admin": ["admin"],
    "fleet in paris": {"fleet": ["paris"]},
    "admin in paris": {"admin": ["paris"]},
}
#: Routes whose answer is another one for a city where a role does not hold.
OF_A_CITY = [
    "/fleet?city=boston",
    "/fleet/disputes?city=boston",
    "/fleet/plans?city=boston",
    "/fleet/zones?city=boston",
    "/users?city=boston",
]


def test_the_matrix_of_roles_and_routes_is_the_approved_one(
    app: Flask, make_user: UserFactory, make_address: Callable[[], Address]
) -> None:
    """A role opens exactly what is declared for it: others get a 403, or the sign-in page.

    Rows of the file are routes, filled with the rows of somebody who lives in New York. After a
    wanted change, MOVR_WRITE_GOLDEN=1 writes it anew; read the difference.
    """
    rows: dict[str, list[int]] = {}
    for roles in PEOPLE.values():
        user = None if roles is None else make_user(roles=roles)
        person, address = Person(app, user), make_address()
        for rule in rules(app):
            for method in methods(rule):
                answer = person.call(method, address(rule))
                check(app, rule, user, answer)
                rows.setdefault(f"{method:5}{rule.rule}", []).append(answer.status_code)
        for path in OF_A_CITY:
            rows.setdefault(f"GET  {path}", []).append(person.call("GET", path).status_code)
    lines = [f"{' ':56}{''.join(f'{name:16}' for name in PEOPLE)}".rstrip()]
    lines += [
        f"{row:56}{''.join(f'{status:<16}' for status in rows[row])}".rstrip()
        for row in sorted(rows, key=lambda row: (row[5:], row))
    ]
    assert_written(MATRIX, "\n".join(lines) + "\n")


class Person:
    """Somebody who comes anew after whatever may have been the way out."""

    def __init__(self, app: Flask, user: User | None) -> None:
        self.app = app
        self.user = user
        self.enter()

    def enter(self) -> None:
        self.client: Visitor = self.app.test_client()  # type: ignore[assignment]
        if self.user:
            self.client.sign_in(self.user)
        self.token = self.client.token()

    def call(self, method: str, path: str) -> Any:
        data = {"csrf_token": self.token} if method == "POST" else {}
        answer = self.client.open(path, method=method, data=data)
        if method == "POST" and answer.status_code < 400:
            self.enter()
        return answer


def check(app: Flask, rule: Rule, user: User | None, answer: Any) -> None:
    with app.app_context():
        needs = access.required_access(rule.endpoint)
    to_login = answer.status_code == 303 and answer.location.split("?")[0] == "/login"
    if needs == access.PUBLIC or (user and needs in user.roles):
        assert not to_login, rule
        assert answer.status_code != 403, rule
    elif user:
        assert answer.status_code == 403, rule
    else:
        assert to_login, rule


def assert_written(file: Path, now: str) -> None:
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        file.write_text(now)
    assert now == file.read_text()


def test_a_view_that_declares_nothing_is_closed(database: Any) -> None:
    app = make_app(database)
    app.add_url_rule("/left-out", "left_out", lambda: "secret")
    assert app.test_client().get("/left-out").status_code == 403


def test_it_does_not_matter_where_the_decorator_stands(database: Any) -> None:
    """The tutorial's defect: login_required above the route was never asked."""
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


def test_every_form_needs_its_token(
    app: Flask, visitor: Visitor, make_user: UserFactory, address: Callable[[Rule], str]
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    for rule in rules(app):
        for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            for data in ({}, {"csrf_token": "forged"}):
                answer = visitor.open(address(rule), method=method, data=data)
                assert answer.status_code == 400, rule
                assert "reload the page" in answer.text


@pytest.fixture
def everything(app: Flask) -> Callable[[], Any]:
    def read() -> Any:
        with app.app_context():
            return {
                table.name: sorted(map(str, db.session.execute(select(table)).all()))
                for table in db.metadata.sorted_tables
            }

    return read


def test_no_visit_changes_anything(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    address: Callable[[Rule], str],
    everything: Callable[[], Any],
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    before = everything()
    for rule in rules(app):
        if "GET" in (rule.methods or set()) and rule.endpoint not in PUBLIC_ENDPOINTS:
            visitor.get(address(rule))
    assert everything() == before


def test_roles_are_read_anew_for_each_request(
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
def test_without_its_token_nothing_is_changed(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    address: Address,
    everything: Callable[[], Any],
    body: dict[str, Any],
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"]))
    before = everything()
    for rule in rules(app):
        if "POST" in (rule.methods or set()):
            assert visitor.post(address(rule), **body).status_code == 400, rule
    assert everything() == before
