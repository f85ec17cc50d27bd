"""The tools of developers: for this machine, in development, and nowhere else."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.engine import URL

import config
from tests.databases import dispose_engines, make_app
from tests.visitor import Visitor

TOOLS = "webapp.ops.development_tools"


@pytest.fixture
def development(database: URL) -> Iterator[Flask]:
    app = make_app(database, DEVELOPMENT_TOOLS_MODULE=TOOLS, DEBUG_TOOLBAR=True, DEBUG=True)
    yield app
    dispose_engines(app)


def test_an_address_with_profile_shows_where_its_time_goes(development: Flask) -> None:
    response = development.test_client().get("/login?profile")
    assert response.status_code == 200
    assert "pyinstrument" in response.text
    assert "script-src 'unsafe-inline'" in response.headers["Content-Security-Policy"]


def test_the_toolbar_stands_on_pages_with_the_nonce_of_the_page(development: Flask) -> None:
    client = development.test_client()
    response = client.get("/login")
    policy = response.headers["Content-Security-Policy"]
    assert 'id="flDebug"' in response.text
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert response.text.count("<script") == response.text.count(f'<script nonce="{nonce}"')
    assert "script-src 'nonce-" in policy
    assert development.config["SECRET_KEY"] not in response.text
    script = response.text.split('src="/_debug_toolbar/')[1].split('"')[0]
    assert client.get(f"/_debug_toolbar/{script}", buffered=True).status_code == 200


def test_other_machines_see_neither(development: Flask) -> None:
    client = development.test_client()
    environ = {"REMOTE_ADDR": "192.168.1.7"}
    for path in ("/login", "/login?profile"):
        response = client.get(path, environ_base=environ)
        assert "flDebug" not in response.text
        assert "pyinstrument" not in response.text
        assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    script = "/_debug_toolbar/static/js/toolbar.js"
    assert client.get(script, environ_base=environ).status_code == 404


def test_a_made_up_language_can_be_chosen(database: URL) -> None:
    app = make_app(
        database, DEVELOPMENT_TOOLS_MODULE=TOOLS, PSEUDO_LANGUAGE="ar", LANGUAGES=("en",)
    )
    assert 'dir="rtl"' in app.test_client().get("/login", headers={"Accept-Language": "ar"}).text
    dispose_engines(app)
    for environment in (config.Production, config.Test, config.Development):
        assert environment.PSEUDO_LANGUAGE == ""


def test_production_and_tests_have_no_such_tools(app: Flask, visitor: Visitor) -> None:
    for environment in (config.Production, config.Test, config.Configuration):
        assert environment.DEVELOPMENT_TOOLS_MODULE == ""
        assert environment.DEBUG_TOOLBAR is False
    assert config.Development.DEVELOPMENT_TOOLS_MODULE == TOOLS
    assert config.Development.DEBUG_TOOLBAR is False
    response = visitor.get("/login?profile")
    assert "pyinstrument" not in response.text
    assert not any("_debug_toolbar" in rule.rule for rule in app.url_map.iter_rules())
