"""What a process has done before hides bugs: each route is also the first request of a process."""

from collections.abc import Callable, Iterator

from flask import Flask
from sqlalchemy.engine import URL
from werkzeug.routing import Rule

from tests.examples import examples
from tests.factories import UserFactory
from tests.fresh_process import Request, send_each_first
from tests.surface.routes import Address, methods, rules
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.web import access
from webapp.web.roles import Role

#: Who opens a route; by night each route is opened by all of them.
VISITOR = "visitor"
PEOPLE: dict[str | None, list[str]] = {
    access.PUBLIC: [VISITOR, Role.RIDER],
    Role.RIDER: [Role.RIDER, Role.OWNER],
}
EVERYONE = [VISITOR, *Role]


def people_for(rule: Rule) -> list[str]:
    needs = access.required_access(rule.endpoint)
    return EVERYONE if examples(1) > 1 or needs is None else PEOPLE.get(needs, [needs])


def test_no_route_fails_as_the_first_request_of_a_process(
    app: Flask,
    database: URL,
    make_user: UserFactory,
    make_address: Callable[[], Address],
) -> None:
    address = make_address()

    def make_person(role: str) -> User:
        return make_user(roles=[] if role == Role.RIDER else [role])

    users = {str(role): make_person(role) for role in Role}

    def make_requests() -> Iterator[Request]:
        for rule in rules(app):
            for person in people_for(rule):
                for method in methods(rule):
                    # A form may end the sessions of its account, or close it.
                    is_safe = method == "GET" or person == VISITOR
                    user = users.get(person) if is_safe else make_person(person)
                    yield make_request(app, method, address(rule), user)

    with app.app_context():
        requests = list(make_requests())
    codes = send_each_first(database, requests)
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
