"""The apps that admins register."""

import re
from uuid import uuid4

import pytest
from flask import Flask

from tests.auth.oauth.steps import REDIRECT_URI, SECRET, insert_client
from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory
from tests.performance.walk import LONG_AGO
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.oauth.models import OAuthClient
from webapp.auth.oauth.redirect_uris import is_redirect_uri, is_registered
from webapp.auth.oauth.services.clients import SECRET_PREFIX
from webapp.encryption import digest_secret

APPS = "/admin/apps/"
NEW = {
    "name": "Trip planner",
    "redirect_uris": f"{REDIRECT_URI}\r\n\r\n http://127.0.0.1/back",
    "rides_read": "y",
    "client_type": "confidential",
    "why": "contract of 3 June",
}


@pytest.fixture
def admin_browser(app: Flask, admin_user: User) -> Visitor:
    return new_browser(app).sign_in(admin_user, second_factor=True)


def test_a_secret_is_shown_once_and_only_its_digest_is_stored(
    admin_browser: Visitor, row: RowReader
) -> None:
    client_id = uuid4()
    fields = {**NEW, "nonce": client_id.hex}
    page = admin_browser.send(f"{APPS}new", **fields)
    secret = re.search(rf"{SECRET_PREFIX}[\w-]{{43}}", page.text)
    assert secret
    client = row(OAuthClient, (client_id,))
    assert client.secret_digest == digest_secret(secret[0])
    assert client.redirect_uris == [REDIRECT_URI, "http://127.0.0.1/back"]
    assert client.scopes == ["rides:read"]
    assert secret[0] not in admin_browser.get(f"{APPS}{client_id}").text
    assert "Trip planner" in admin_browser.get(APPS).text
    again = admin_browser.send(f"{APPS}new", **fields)
    assert again.status_code == 409
    assert "saved before" in again.text


def test_an_app_with_people_has_no_secret_and_none_can_be_renewed(
    app: Flask, admin_browser: Visitor
) -> None:
    page = admin_browser.send(f"{APPS}new", **NEW | {"client_type": "public"})
    assert SECRET_PREFIX not in page.text
    path = f"{APPS}{insert_client(app)}/secret"
    assert admin_browser.send(path, **{"renew-why": "leaked"}).status_code == 404


def test_a_renewed_secret_replaces_the_former_one(
    app: Flask, admin_browser: Visitor, row: RowReader
) -> None:
    client_id = insert_client(app, secret=SECRET)
    path = f"{APPS}{client_id}/secret"
    assert admin_browser.send(path).status_code == 422
    page = admin_browser.send(path, **{"renew-why": "leaked"})
    secret = re.search(rf"{SECRET_PREFIX}[\w-]{{43}}", page.text)
    assert secret
    assert row(OAuthClient, (client_id,)).secret_digest == digest_secret(secret[0])


def test_a_removed_app_is_gone_from_the_pages(app: Flask, admin_browser: Visitor) -> None:
    path = f"{APPS}{insert_client(app)}"
    page = admin_browser.send(f"{path}/remove")
    assert page.status_code == 422
    assert "Fill this in." in page.text
    assert admin_browser.send(f"{path}/remove", **{"remove-why": "ended"}).status_code == 303
    assert admin_browser.get(path).status_code == 404
    assert "Trip planner" not in admin_browser.get(APPS).text.replace("Trip planner was", "")


def test_only_admins_of_all_cities_who_have_authenticated_recently_change_apps(
    app: Flask, make_user: UserFactory, admin_user: User
) -> None:
    path = f"{APPS}{insert_client(app)}"
    of_paris = new_browser(app).sign_in(make_user(roles={"admin": ["paris"]}))
    assert of_paris.get(APPS).status_code == 404
    assert of_paris.send(path, **NEW).status_code == 404
    browser = new_browser(app).sign_in(admin_user, authenticated_at=LONG_AGO)
    assert browser.get(APPS).status_code == 200
    assert browser.send(path, **NEW).location.startswith("/login/again")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Fill this in."),
        ("name", "n" * 61, "at most 60 characters"),
        ("redirect_uris", "", "Fill this in."),
        ("redirect_uris", "http://app.example/", "cannot have this address"),
        ("redirect_uris", "\n".join(f"{REDIRECT_URI}/{n}" for n in range(11)), "at most 10"),
        ("rides_read", "", "Choose what it may do."),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(
    admin_browser: Visitor, field: str, value: str, message: str
) -> None:
    fields = {name: text for name, text in {**NEW, field: value}.items() if text}
    page = admin_browser.send(f"{APPS}new", **fields)
    assert page.status_code == 422
    assert message in page.text


@pytest.mark.parametrize(
    ("uri", "is_allowed"),
    [
        ("https://app.example/cb?a=b", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8400/cb", True),
        ("com.example.app:/cb", True),
        ("http://localhost/cb", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://user@app.example/", False),
        ("https://app.example/#fragment", False),
        ("https:///cb", False),
        ("https://app.example:x/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("app:/cb", False),
        ("com.example.app://host/cb", False),
        ("com.example.app:///cb", False),  # answers would go to com.example.app:/cb
        ("/cb", False),
        ("https://app.example/a b", False),
        ("https://äpp.example/", False),
        ("https://app.example;x/", False),
        ("https://app.example'/", False),
    ],
)
def test_redirect_addresses_are_https_loopback_or_the_scheme_of_an_app(
    uri: str, is_allowed: bool
) -> None:
    assert is_redirect_uri(uri) == is_allowed


@pytest.mark.parametrize(
    ("uri", "is_same"),
    [
        ("https://app.example/cb", True),
        ("https://app.example/cb/", False),
        ("https://app.example/CB", False),
        ("https://app.example/cb?x=1", False),
        ("https://app.example:443/cb", False),
        ("https://app.example/./cb", False),
        ("http://127.0.0.1:51004/back", True),
        ("http://127.0.0.1/back", True),
        ("http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1:51004/back?x=1", False),
        ("http://[::1]:51004/back", False),
        ("http://localhost:51004/back", False),
        ("http://127.0.0.1:51004@evil.example/back", False),
        ("https://127.0.0.1:51004/back", False),
    ],
)
def test_redirect_addresses_are_compared_exactly_but_for_the_port_of_loopback(
    uri: str, is_same: bool
) -> None:
    assert is_registered(uri, ["https://app.example/cb", "http://127.0.0.1/back"]) == is_same
