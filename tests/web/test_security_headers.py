"""What protects every answer, and whose word about the visitor is believed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, request
from sqlalchemy.engine import URL
from werkzeug.test import Client, TestResponse

import config
from tests.auth.steps import read_login_sessions
from tests.databases import make_app
from tests.factories import PASSWORD
from tests.production import PRODUCTION_SETTINGS
from tests.visitor import Visitor
from webapp import create_app
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.web import access
from webapp.web.cookies import make_cookie_name
from webapp.web.security_headers import SITE_DATA
from webapp.web.urls import public_url

TEMPLATES = Path(__file__).parents[2] / "webapp" / "templates"
EVERY_KIND = {
    "/login": 200,
    "/rides": 303,
    "/nowhere": 404,
    "/logout": 405,
    "/broken": 500,
    "/static/css/movr.css": 200,
    "/static/nothing.css": 404,
}
SITE = PRODUCTION_SETTINGS["PUBLIC_URL"]


@pytest.fixture(scope="module")
def production(database: URL) -> Iterator[Flask]:
    """The application as it is in production, with an address where it breaks."""
    settings = {
        **PRODUCTION_SETTINGS,
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "TRUSTED_HOSTS": ("www.movr.test", ".cities.movr.test"),
    }
    app = create_app(config.Production, **settings)
    app.test_client_class = Visitor
    app.add_url_rule("/broken", "broken", access.public(lambda: str(1 / 0)))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def ask(app: Flask, path: str, host: str = SITE, method: str = "GET", **headers: str) -> Any:
    return app.test_client().open(path, base_url=host, method=method, headers=headers)


def policy(response: TestResponse) -> dict[str, str]:
    """Return directive -> sources."""
    parts = response.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (part.partition(" ") for part in parts)}


# --- headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_response_has_the_security_headers(app: Flask, production: Flask, path: str) -> None:
    response = ask(production, path)
    assert response.status_code == EVERY_KIND[path]
    directives = policy(response)
    assert re.fullmatch(r"'nonce-[A-Za-z0-9_-]{22}'", directives.pop("script-src"))
    assert directives == {
        "default-src": "'none'",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: https://tile.openstreetmap.org",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response.headers


def test_each_response_has_its_own_nonce_and_every_script_has_it(
    visitor: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    nonces = set()
    for path in ("/", "/", f"/vehicles/{make_vehicle().key}", "/nowhere"):
        response = visitor.get(path)
        nonce = policy(response)["script-src"].removeprefix("'nonce-").removesuffix("'")
        scripts = re.findall(r"<script\b[^>]*>", response.text)
        assert scripts
        assert all(f' nonce="{nonce}"' in script for script in scripts)
        nonces.add(nonce)
    assert len(nonces) == 4


def test_no_template_has_a_script_without_the_nonce_or_with_words_inside() -> None:
    tags = [
        tag
        for template in TEMPLATES.rglob("*.html")
        for tag in re.findall(r"<script\b.*?</script>", template.read_text(), re.S | re.I)
    ]
    assert tags
    for tag in tags:
        assert re.fullmatch(r'<script nonce="{{ csp_nonce\(\) }}" [^>]*src="[^>]*></script>', tag)


def test_https_responses_have_hsts(visitor: Visitor) -> None:
    response = visitor.get("/", base_url="https://localhost")
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in visitor.get("/").headers


def test_pages_are_not_stored_and_files_may_be(visitor: Visitor) -> None:
    assert visitor.get("/login").headers["Cache-Control"] == "no-store"
    assert visitor.get("/nowhere").headers["Cache-Control"] == "no-store"
    assert visitor.get("/static/nothing.css").headers["Cache-Control"] == "no-store"
    assert "no-store" not in visitor.get("/static/css/movr.css").headers.get("Cache-Control", "")


def test_signing_out_clears_the_browser(rider: Visitor) -> None:
    assert "Clear-Site-Data" not in rider.post("/logout").headers  # without a token: still in
    assert "Clear-Site-Data" not in rider.get("/users/me/edit").headers
    response = rider.send("/logout")
    assert response.status_code == 303
    assert response.headers["Clear-Site-Data"] == SITE_DATA


def test_an_account_that_is_deleted_clears_the_browser(rider: Visitor) -> None:
    response = rider.send("/users/me/delete", sure="y")
    assert response.status_code == 303
    assert response.headers["Clear-Site-Data"] == SITE_DATA


def test_ending_the_own_session_in_the_list_clears_the_browser(app: Flask, rider: Visitor) -> None:
    session_id = read_login_sessions(app)[0].id
    response = rider.send(f"/account/sessions/{session_id}/end")
    assert response.headers["Clear-Site-Data"] == SITE_DATA


# --- cookies ----------------------------------------------------------------------------------


def test_the_cookie_belongs_to_this_host_over_https_only(app: Flask, production: Flask) -> None:
    cookie, *attributes = ask(production, "/login").headers["Set-Cookie"].split("; ")
    assert cookie.startswith("__Host-movr=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    with production.app_context():
        assert make_cookie_name("device") == "__Host-device"


def test_where_there_is_no_https_the_cookie_has_a_plain_name(app: Flask, visitor: Visitor) -> None:
    cookie, *attributes = visitor.get("/login").headers["Set-Cookie"].split("; ")
    assert cookie.startswith("movr=")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"}
    with app.app_context():
        assert make_cookie_name("device") == "device"


def test_no_template_lets_text_through_unescaped_or_calls_another_host() -> None:
    for template in TEMPLATES.rglob("*.html"):
        words = template.read_text()
        for forbidden in ("|safe", "| safe", "autoescape false", "https://", "http://", "onclick"):
            assert forbidden not in words, template


# --- our own name -----------------------------------------------------------------------------

FOREIGN = ["http://evil.test", "https://movr.example.evil.test", "http://127.0.0.1:8000"]
ODD_HOSTS = ["", "<script>", "evil.test/movr.example", "a b", "[::1", "movr.example:99999", "\xff"]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_gets_a_page_that_does_not_repeat_it(
    app: Flask, production: Flask, host: str
) -> None:
    for path, method in [("/", "GET"), ("/login", "POST"), ("/nowhere", "GET"), ("/rides", "GET")]:
        response = ask(production, path, host, method)
        assert response.status_code == 400
        assert "Wrong address" in response.text
        assert "evil" not in response.text + str(response.headers)
        assert policy(response)["default-src"] == "'none'"


def test_prometheus_reads_the_metrics_under_the_address_of_a_server(
    app: Flask, production: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As deploy/monitoring/prometheus.yml says."""
    monkeypatch.setitem(production.config, "METRICS_TOKEN", "a-token-of-sixteen-signs")
    client, address = production.test_client(), "http://web-us-east1:8000"
    headers = {"Authorization": "Bearer a-token-of-sixteen-signs"}
    assert client.get("/metrics", base_url=address, headers=headers).status_code == 200
    assert client.get("/metrics", base_url=address).status_code == 404


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_a_host_that_is_no_name_breaks_nothing(
    app: Flask, production: Flask, visitor: Visitor, host: str
) -> None:
    environ = {"HTTP_HOST": host}
    assert production.test_client().get("/", environ_overrides=environ).status_code == 400
    for path in ("/", "/login", "/nowhere", "/rides"):
        assert visitor.get(path, environ_overrides=environ).status_code < 500


@pytest.mark.parametrize(
    "host", [SITE, f"{SITE}:8443", "https://www.movr.test", "https://rome.cities.movr.test"]
)
def test_the_application_responds_under_its_own_host_names(
    app: Flask, production: Flask, host: str
) -> None:
    response = ask(production, "/", host, **{"X-Forwarded-Host": "evil.test"})
    assert response.status_code == 200
    assert "evil" not in response.text


@pytest.mark.parametrize("host", [*FOREIGN, "http://web-us-east1:8000", SITE])
def test_load_balancers_may_ask_under_any_name(app: Flask, production: Flask, host: str) -> None:
    assert ask(production, "/health/live", host).json == {"status": "live"}
    assert ask(production, "/health/ready", host).json == {"status": "ready"}


def test_development_answers_a_phone_in_the_same_network(visitor: Visitor) -> None:
    assert visitor.get("/", base_url="http://192.0.2.7:8000").status_code == 200


def test_links_in_mails_begin_with_our_own_name(app: Flask, production: Flask) -> None:
    key = RowKey.parse("us-east1.00000000-0000-4000-8000-000000000000")
    with production.app_context():  # no request at all, as in a command
        assert public_url("fleet.search.home") == f"{SITE}/"
        assert public_url("fleet.vehicles.show", vehicle_key=key) == f"{SITE}/vehicles/{key}"
        assert public_url("auth.login.sign_in", next="/a b&c") == f"{SITE}/login?next=/a+b%26c"
    with app.test_request_context("/", base_url="https://evil.test"):
        assert public_url("auth.login.sign_in") == "http://127.0.0.1:8000/login"


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", 8001, "http://127.0.0.1:8001"),
        ("0.0.0.0", 8000, "http://127.0.0.1:8000"),
        ("::", 80, "http://[::1]:80"),
    ],
)
def test_the_public_url_defaults_to_host_and_port(
    database: URL, host: str, port: int, url: str
) -> None:
    assert make_app(database, HOST=host, PORT=port).config["PUBLIC_URL"] == url


# --- the proxy's word -------------------------------------------------------------------------

PROXY, STRANGER = "10.1.2.3", "203.0.113.9"


def read_address_and_scheme(database: URL, peer: str, hops: int, **headers: str) -> tuple[str, str]:
    """Return the visitor's address and scheme as the application sees them."""
    app = make_app(database, TRUSTED_PROXIES=("10.0.0.0/8",), PROXY_HOPS=hops)
    app.add_url_rule("/seen", "seen", access.public(lambda: [request.remote_addr, request.scheme]))
    response = app.test_client().get(
        "/seen", headers=headers, environ_overrides={"REMOTE_ADDR": peer}
    )
    address, scheme = response.get_json()
    return address, scheme


@pytest.mark.parametrize(
    ("hops", "peer", "chain", "address"),
    [
        (1, PROXY, "198.51.100.1", "198.51.100.1"),
        (1, PROXY, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (1, PROXY, "6.6.6.6, 10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (1, PROXY, "", PROXY),
        (1, STRANGER, "6.6.6.6", STRANGER),
        (1, STRANGER, "6.6.6.6, 10.9.9.9", STRANGER),
        (2, PROXY, "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (2, PROXY, "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (2, PROXY, "6.6.6.6, 7.7.7.7, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (2, PROXY, "6.6.6.6", PROXY),  # it came past one of the two
        (2, STRANGER, "6.6.6.6, 10.9.9.9", STRANGER),
    ],
)
def test_the_visitors_address_is_read_by_the_number_of_proxies(
    database: URL, hops: int, peer: str, chain: str, address: str
) -> None:
    assert read_address_and_scheme(database, peer, hops, **{"X-Forwarded-For": chain})[0] == address


@pytest.mark.parametrize(
    ("hops", "peer", "chain", "scheme"),
    [
        (1, PROXY, "https", "https"),
        (1, PROXY, "https, http", "http"),
        (2, PROXY, "https, http", "https"),
        (2, PROXY, "http, https, http", "https"),
        (1, STRANGER, "https", "http"),
    ],
)
def test_https_is_believed_from_the_proxy_only(
    database: URL, hops: int, peer: str, chain: str, scheme: str
) -> None:
    assert (
        read_address_and_scheme(database, peer, hops, **{"X-Forwarded-Proto": chain})[1] == scheme
    )


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
    response = client.get("/", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert response.status_code == 200
    assert "flash" not in response.text
    return str(response.text.split('id="sheet-title">')[1].split("<")[0])


def test_the_first_visit_shows_the_first_city_of_this_servers_region(
    app: Flask, paris_server: Flask, visitor: Visitor
) -> None:
    assert city_of(visitor) == "New York"
    assert city_of(paris_server.test_client()) == "Paris"  # type: ignore[arg-type]


def test_x_city_is_believed_from_our_own_proxy_only(app: Flask, paris_server: Flask) -> None:
    client: Visitor = paris_server.test_client()  # type: ignore[assignment]
    headers = {"X-City": "Seattle"}
    assert city_of(client, **headers) == "Seattle"
    assert city_of(client, peer="203.0.113.9", **headers) == "Paris"
    assert city_of(client, peer="", **headers) == "Paris"
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


# --- and what else browsers are told ------------------------------------------------------------


def test_hsts_covers_subdomains_and_pages_may_use_only_the_location(
    app: Flask, production: Flask
) -> None:
    for path in EVERY_KIND:
        headers = ask(production, path).headers
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert headers["Permissions-Policy"] == "geolocation=(self), camera=(), microphone=()"


def test_only_the_page_that_scans_labels_may_use_the_camera(visitor: Visitor) -> None:
    policies = {p: visitor.get(p).headers["Permissions-Policy"] for p in ("/v", "/v?code=x", "/")}
    assert {p for p, policy in policies.items() if "camera=(self)" in policy} == {"/v", "/v?code=x"}
    assert all("microphone=()" in policy for policy in policies.values())


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_other_sites_can_read_nothing_here(app: Flask, method: str) -> None:
    client = Client(app)
    asking = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/login", "/rides", "/health/live", "/static/css/movr.css", "/nowhere"):
        response = client.open(path, method=method, headers=asking)
        assert "Access-Control" not in str(response.headers)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/rides", "/static/js/main.js"])
def test_every_text_response_states_its_character_set(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).headers["Content-Type"].endswith("; charset=utf-8")


def test_a_form_that_was_left_open_for_hours_still_sends(
    visitor: Visitor, make_user: Callable[..., User]
) -> None:
    make_user("ada")
    typed = {"csrf_token": visitor.token(), "username": "ada", "password": PASSWORD}
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5), tick=True):
        assert visitor.post("/login", data=typed).status_code == 303


def test_after_a_change_of_keys_people_stay_in_and_open_pages_must_be_loaded_again(
    app: Flask, rider: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_page, earlier = rider.token(), app.config["SECRET_KEY"]
    monkeypatch.setitem(app.config, "SECRET_KEY", "the key of this year, long enough")
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", (earlier,))
    assert rider.get("/rides").status_code == 200
    response = rider.post("/logout", data={"csrf_token": old_page})
    assert response.status_code == 400
    assert "reload the page" in response.text
    assert rider.send("/logout").status_code == 303
