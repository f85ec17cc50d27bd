"""Who may keep a copy of what. The table of docs/performance.md says it for every page; here is the
rest: files, what load balancers ask for, and errors."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.surface.routes import Address, rules
from tests.visitor import Visitor
from webapp.web import access
from webapp.web.access import PUBLIC
from webapp.web.assets.static_files import asset_store

NOBODY = "no-store"
A_YEAR = "max-age=31536000, immutable, public"
A_DAY = "public, max-age=86400"


def find_exact_name(filename: str) -> str:
    return f"/static/{asset_store().hashed_name(filename)}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (find_exact_name("img/favicon.ico"), A_YEAR),
        ("/static/img/favicon.ico", "no-cache, public"),
        ("/static/nothing.txt", NOBODY),
        ("/bootstrap/static/nothing.css", NOBODY),
        ("/favicon.ico", A_DAY),
        ("/robots.txt", A_DAY),
        ("/health/live", NOBODY),
        ("/health/ready", NOBODY),
        ("/metrics", NOBODY),
        ("/nothing", NOBODY),
    ],
)
def test_files_live_long_and_answers_about_this_moment_are_never_kept(
    visitor: Visitor, path: str, expected: str
) -> None:
    assert visitor.get(path).headers["Cache-Control"] == expected


def test_a_copy_that_proxies_may_keep_is_public_and_the_same_for_everybody(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    make_address: Callable[[], Address],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A file says when it was made, to the second.
    monkeypatch.setattr(app.extensions["movr_gbfs"], "max_age_s", 3600.0)
    address = make_address()
    boss: Visitor = app.test_client()  # type: ignore[assignment]
    boss.sign_in(make_user("boss", roles=["admin"]))
    shared: set[str] = set()
    for rule in rules(app):
        if "GET" not in (rule.methods or ()):
            continue
        path = f"{address(rule)}{QUERIES.get(rule.rule, '')}"
        responses = [visitor.get(path), boss.get(path)]
        if not any("public" in response.headers["Cache-Control"] for response in responses):
            continue
        shared.add(rule.rule)
        with app.app_context():
            assert access.required_access(rule.endpoint) == PUBLIC, rule
        first, second = responses
        assert first.data == second.data, rule
        for response in responses:
            assert response.status_code == 200, rule
            assert "Set-Cookie" not in response.headers, rule
            assert "Cookie" not in response.headers.get("Vary", ""), rule
    assert shared == SHARED


#: What a route needs to answer with more than an error.
QUERIES = {"/city/<city_name>/vehicles.json": "?bbox=48,2,49,3"}
#: Every route whose responses proxies may keep, but for static files, which the test has no names of.
SHARED = {
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/api/v1/openapi.json",
    "/city/<city_name>/vehicles.json",
    "/city/<city_name>/zones.json",
    "/favicon.ico",
    "/gbfs/<any(v2, v3, 'v3.1-rc3'):version>/<city_name>/<file_name>.json",
    "/gbfs/manifest.json",
    "/manifest.webmanifest",
    "/robots.txt",
}
