"""Who may call what: every route says it, and the approved list shows each change."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.conftest import Visitor, make_app
from webapp import access
from webapp.access import PUBLIC_ENDPOINTS
from webapp.auth.models import Role, User
from webapp.extensions import db
from webapp.fleet.models import Vehicle

APPROVED = Path(__file__).with_name("routes.txt")


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    with app.app_context():
        undeclared = [rule.rule for rule in rules(app) if access.rule(rule.endpoint) is None]
    assert undeclared == []


def test_no_address_appears_or_disappears_silently(app: Flask) -> None:
    """After a wanted change, write the list below into routes.txt and read the difference."""
    with app.app_context():
        now = "".join(
            f"{' '.join(methods(rule)):9} {access.rule(rule.endpoint):7} {rule.rule}\n"
            for rule in rules(app)
        )
    assert now == APPROVED.read_text()


@pytest.fixture
def address(
    make_user: Callable[..., User], make_vehicle: Callable[..., Vehicle]
) -> Callable[[Rule], str]:
    """Fill the parameters of a route with somebody else's rows."""
    other = make_user("other")
    values = {
        "<key:vehicle>": make_vehicle(owner=other).key,
        "<key:rider>": other.key,
        "<key:ride>": "us-east1.00000000-0000-4000-8000-000000000000",
        "<name>": "paris",
        "<path:filename>": "nothing.txt",
    }

    def fill(rule: Rule) -> str:
        return re.sub(r"<[^>]+>", lambda match: str(values[match[0]]), rule.rule)

    return fill


def allowed(rule: Rule, roles: set[str]) -> bool:
    needs = access.rule(rule.endpoint)
    return needs == access.PUBLIC or needs in roles


@pytest.mark.parametrize("role", [None, "rider", "owner", "fleet", "admin"])
def test_the_matrix_of_roles_and_routes_holds(
    app: Flask,
    visitor: Visitor,
    make_user: Callable[..., User],
    address: Callable[[Rule], str],
    role: str | None,
) -> None:
    """A role opens exactly what is declared for it: others get the door, or the sign-in."""
    user = make_user("me", roles=[role] if role not in (None, "rider") else []) if role else None
    with app.app_context():
        roles = {str(r) for r in user.roles} if user else set()
        matrix = [
            (rule, method, allowed(rule, roles)) for rule in rules(app) for method in methods(rule)
        ]
    for rule, method, may in matrix:
        client: Visitor = app.test_client()  # type: ignore[assignment]
        if user:
            client.sign_in(user)
        data = {"csrf_token": client.token()} if method == "POST" else {}
        answer = client.open(address(rule), method=method, data=data)
        to_login = answer.status_code == 303 and str(answer.location).startswith("/login")
        if may:
            assert not to_login, rule
            assert answer.status_code != 403, rule
        elif user:
            assert answer.status_code == 403, rule
        else:
            assert to_login, rule


def test_a_view_that_declares_nothing_is_closed(database: Any) -> None:
    app = make_app(database)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403


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
    app: Flask, visitor: Visitor, make_user: Callable[..., User], address: Callable[[Rule], str]
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
    make_user: Callable[..., User],
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
    from webapp.auth.services import withdraw

    boss = make_user("boss", roles=["fleet"])
    visitor.sign_in(boss)
    assert visitor.get("/fleet").status_code == 200
    with app.app_context():
        withdraw(boss.key, Role.FLEET)
    assert visitor.get("/fleet").status_code == 403
