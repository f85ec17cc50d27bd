"""The pages of access tokens."""

import re
from datetime import UTC, datetime, timedelta

from flask import Flask

from tests.api.client import ApiClient, insert_token
from tests.auth.steps import read_audit_kinds
from tests.factories import UserFactory
from tests.job_steps import read_mails
from tests.performance.walk import LONG_AGO
from tests.visitor import Visitor
from webapp.auth.services.api_tokens import MAX_TOKENS
from webapp.auth.token_text import PATTERN

NEW = {"name": "Home server", "account_read": "y", "days": "7"}


def read_nonce(visitor: Visitor) -> str:
    nonce = re.search(r'name="nonce"[^>]*value="([^"]+)"', visitor.get("/account/tokens/new").text)
    assert nonce
    return nonce[1]


def test_a_new_token_is_shown_once_and_works(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user("ada"))
    page = visitor.send("/account/tokens/new", **NEW, nonce=read_nonce(visitor))
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    token = PATTERN.search(page.text)
    assert token
    program = ApiClient.of(app, None)
    program.token = token[0]
    account = program.get("/api/v1/me").get_json()
    assert account["username"] == "ada"
    expires_at = datetime.fromisoformat(account["token_expires_at"])
    assert timedelta(days=6.9) < expires_at - datetime.now(UTC) < timedelta(days=7.1)
    listed = visitor.get("/account/tokens").text
    assert "Home server" in listed
    assert token["secret"] not in listed
    assert read_audit_kinds(app)[-1] == "account.api_token_created"
    assert "Home server" in read_mails(app)[-1].body

    delete_path = re.search(r"/account/tokens/[^/]+/delete", listed)
    assert delete_path
    assert visitor.send(delete_path[0]).status_code == 303
    assert program.get("/api/v1/me").status_code == 401
    assert read_audit_kinds(app)[-1] == "account.api_token_deleted"
    assert visitor.send(delete_path[0]).status_code == 404


def test_a_form_that_is_sent_twice_creates_one_token(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user())
    nonce = read_nonce(visitor)
    assert visitor.send("/account/tokens/new", **NEW, nonce=nonce).status_code == 200
    again = visitor.send("/account/tokens/new", **NEW, nonce=nonce)
    assert again.status_code == 409
    assert "saved before" in again.text
    assert visitor.get("/account/tokens").text.count("/delete") == 1


def test_a_token_needs_a_name_and_a_scope(visitor: Visitor, make_user: UserFactory) -> None:
    visitor.sign_in(make_user())
    page = visitor.send("/account/tokens/new", days="7", nonce=read_nonce(visitor))
    assert page.status_code == 422
    assert "Choose what it may do." in page.text
    assert visitor.send("/account/tokens/new", **NEW | {"days": "9000"}).status_code == 422


def test_scopes_of_staff_are_offered_only_to_staff_who_can_use_them(
    visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user())
    page = visitor.get("/account/tokens/new").text
    assert "rides_write" in page
    assert "fleet_" not in page
    forged = {"name": "Home server", "fleet_read": "y", "days": "7"}
    page = visitor.send("/account/tokens/new", **forged, nonce=read_nonce(visitor))
    assert page.status_code == 422
    visitor.sign_in(make_user(roles={"analyst": ["new york"]}))
    page = visitor.get("/account/tokens/new").text
    assert "fleet_read" in page
    assert "fleet_write" not in page


def test_an_account_has_a_limited_number_of_tokens(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user()
    visitor.sign_in(ada)
    for _ in range(MAX_TOKENS):
        insert_token(app, ada)
    page = visitor.send("/account/tokens/new", **NEW, nonce=read_nonce(visitor))
    assert page.status_code == 409
    assert "as many access tokens" in page.text


def test_creating_a_token_needs_a_recent_proof_and_a_confirmed_address(
    visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user(), authenticated_at=LONG_AGO)
    assert visitor.get("/account/tokens/new").location.startswith("/login/again")
    visitor.sign_in(make_user(email_confirmed_at=None))
    page = visitor.send("/account/tokens/new", **NEW, nonce=read_nonce(visitor))
    assert page.status_code == 403


def test_tokens_of_others_cannot_be_deleted(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    program = ApiClient.of(app, make_user())
    visitor.sign_in(make_user())
    token = PATTERN.fullmatch(program.token)
    assert token
    assert visitor.send(f"/account/tokens/{token['id']}/delete").status_code == 404
    assert program.get("/api/v1/me").status_code == 200
