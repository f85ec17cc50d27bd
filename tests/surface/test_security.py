"""What protects every answer, and whose word about the visitor is believed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from tests.conftest import Visitor, make_app
from webapp.auth.models import User
from webapp.extensions import db

PAGES = ["/", "/login", "/nowhere", "/rides", "/static/css/movr.css", "/bootstrap/static/none"]
TEMPLATES = Path(__file__).parents[2] / "webapp" / "templates"


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_protected(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Strict-Transport-Security" not in headers


def test_on_https_browsers_are_told_to_stay_there(visitor: Visitor) -> None:
    answer = visitor.get("/", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_pages_are_not_stored_and_files_may_be(visitor: Visitor) -> None:
    assert visitor.get("/login").headers["Cache-Control"] == "no-store"
    assert "no-store" not in visitor.get("/static/css/movr.css").headers.get("Cache-Control", "")


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(rider: Visitor) -> None:
    cookie = rider.send("/logout").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_no_template_lets_text_through_unescaped_or_calls_another_host() -> None:
    for template in TEMPLATES.rglob("*.html"):
        words = template.read_text()
        for forbidden in ("|safe", "| safe", "autoescape false", "https://", "http://", "onclick"):
            assert forbidden not in words, template


@pytest.fixture(scope="module")
def paris_server(database: URL) -> Iterator[Flask]:
    """A server in Europe behind a proxy of its own network."""
    app = make_app(database, REGION="europe-west1", TRUSTED_PROXIES=("10.0.0.0/8",))
    app.test_client_class = Visitor
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def city_of(client: Visitor, peer: str = "10.1.2.3", **headers: str) -> str:
    answer = client.get("/", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code == 200
    assert "flash" not in answer.text
    return str(answer.text.split('id="sheet-title">')[1].split("<")[0])


def test_the_first_visit_shows_the_first_city_of_this_servers_region(
    app: Flask, paris_server: Flask, visitor: Visitor
) -> None:
    assert city_of(visitor) == "New York"
    assert city_of(paris_server.test_client()) == "Paris"  # type: ignore[arg-type]


def test_x_city_is_believed_from_our_own_proxy_only(app: Flask, paris_server: Flask) -> None:
    client: Visitor = paris_server.test_client()  # type: ignore[assignment]
    asked = {"X-City": "Seattle"}
    assert city_of(client, **asked) == "Seattle"
    assert city_of(client, peer="203.0.113.9", **asked) == "Paris"
    assert city_of(client, peer="", **asked) == "Paris"
    assert city_of(client, **{"X-City": "Atlantis"}) == "Paris"
    assert city_of(client, **{"X-City": "x" * 5000}) == "Paris"


def test_the_riders_own_city_goes_before_the_proxys(
    app: Flask, paris_server: Flask, make_user: Callable[..., User]
) -> None:
    client: Visitor = paris_server.test_client()  # type: ignore[assignment]
    client.sign_in(make_user(city="boston"))
    assert city_of(client, **{"X-City": "Seattle"}) == "Boston"


def test_a_region_without_a_city_still_shows_one(app: Flask, database: URL) -> None:
    lost = make_app(database, REGION="mars-north1")
    lost.test_client_class = Visitor
    assert city_of(lost.test_client()) == "New York"  # type: ignore[arg-type]
