"""Registering an account with an identity of an OpenID Connect provider."""

from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.auth.issuer import LOGIN, Issuer, MakeIdentity, read_oidc_cookie
from tests.auth.steps import AN_HOUR_AGO, count_rows, is_signed_in, read_audit_kinds
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import Identity, User
from webapp.extensions import db

REGISTRATION = {"city": "paris", "first_name": "Ada", "last_name": "Lovelace", "username": "ada"}


# --- an unknown identity ------------------------------------------------------------------------------------------


def test_an_unknown_identity_registers_an_account_without_a_password(
    visitor: Visitor, issuer: Issuer, app: Flask
) -> None:
    page = issuer.sign_in(visitor, f"{LOGIN}?next=/rides").location
    assert page == "/register/with/example?next=/rides"
    form = visitor.get(page).text
    for words in ("ada@example.org", 'value="Ada"', 'value="Lovelace"', 'value="ada"'):
        assert words in form
    assert "password" not in form.partition("<form method")[2].lower()
    response = visitor.send(page, **REGISTRATION, email="evil@example.org", password="another one")
    assert (response.status_code, response.location) == (303, "/rides")
    assert is_signed_in(visitor)
    with app.app_context():
        user = db.session.scalars(select(User)).unique().one()
        identity = db.session.scalars(select(Identity)).one()
    assert (user.email, user.password_hash, user.region) == ("ada@example.org", "", "europe-west1")
    assert user.email_confirmed_at
    assert (identity.region, identity.user_id) == tuple(user.key)
    assert (identity.issuer, identity.subject) == (issuer.url, "subject-of-ada")
    assert read_mails(app) == []
    assert not read_oidc_cookie(visitor)


def test_an_account_registered_with_an_identity_is_signed_in_to_with_it(
    visitor: Visitor, issuer: Issuer
) -> None:
    visitor.send(issuer.sign_in(visitor).location, **REGISTRATION)
    visitor.send("/logout")
    assert issuer.sign_in(visitor).location == "/"
    assert is_signed_in(visitor)


def test_an_account_without_a_password_accepts_no_password(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    for password in ("", " ", PASSWORD):
        visitor.send("/login", username="ada", password=password)
        assert not is_signed_in(visitor)


def test_an_invalid_field_shows_its_error(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, app: Flask
) -> None:
    make_user("taken")
    page = issuer.sign_in(visitor).location
    response = visitor.send(page, **{**REGISTRATION, "username": "taken", "first_name": ""})
    assert response.status_code == 422
    assert "Fill this in." in response.text
    response = visitor.send(page, **{**REGISTRATION, "username": "taken"})
    assert response.status_code == 422
    assert 'id="username-error"' in response.text
    assert visitor.send(page, **REGISTRATION).status_code == 303


def test_an_identity_that_is_registered_already_is_refused(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, make_identity: MakeIdentity
) -> None:  # fmt: skip
    page = issuer.sign_in(visitor).location
    make_identity(make_user("faster"), "ada")
    response = visitor.send(page, **REGISTRATION)
    assert response.status_code == 409
    assert "That account is already connected to another MovR account." in response.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email_verified": 1.5},
        {"email": None},
        {"email": "no address"},
        {"email": ["ada@example.org"]},
        {"email": "\u212a@example.org"},
        {"email": "ada@" + "x" * 260 + ".org"},
    ],
)
def test_without_a_verified_address_people_register_with_a_password(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, claims: dict[str, Any]
) -> None:
    make_user("ada")
    issuer.claims = claims
    response = issuer.sign_in(visitor, f"{LOGIN}?next=/rides")
    assert response.location == "/register?next=/rides"
    page = visitor.get(response.location).text
    assert (
        "Example ID has not verified your e-mail address. Create an account here, then connect Example ID."
        in page
    )
    assert "already" not in page
    assert not read_oidc_cookie(visitor)
    assert visitor.get("/register/with/example").location == "/register"


def test_email_verified_may_be_the_text_true(visitor: Visitor, issuer: Issuer) -> None:
    issuer.claims = {"email_verified": "true"}
    assert issuer.sign_in(visitor).location == "/register/with/example"


@pytest.mark.parametrize(
    "claims",
    [
        {"given_name": 5, "family_name": ["x"], "preferred_username": {}},
        {"given_name": "a\0b", "family_name": "x" * 5000, "preferred_username": "<script>"},
    ],
)
def test_unusable_claims_are_ignored(
    visitor: Visitor, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    page = visitor.get(issuer.sign_in(visitor).location)
    assert page.status_code == 200
    assert "<script>" not in page.text.partition("<form method")[2]


def test_claims_that_the_id_token_lacks_are_fetched_from_userinfo(
    visitor: Visitor, issuer: Issuer
) -> None:
    issuer.claims = {"email": None, "email_verified": None}
    issuer.userinfo = {"sub": "subject-of-ada", "email": "a@example.org", "email_verified": True}
    assert "a@example.org" in visitor.get(issuer.sign_in(visitor).location).text


def test_userinfo_of_another_subject_is_refused(visitor: Visitor, issuer: Issuer) -> None:
    issuer.claims = {"email": None}
    issuer.userinfo = {"sub": "another", "email": "a@example.org", "email_verified": True}
    assert issuer.sign_in(visitor).status_code == 400


def test_claims_are_kept_for_ten_minutes_and_for_their_provider_only(
    visitor: Visitor, issuer: Issuer, app: Flask
) -> None:
    with time_machine.travel(AN_HOUR_AGO, tick=True):
        page = issuer.sign_in(visitor).location
    late = visitor.get(page)
    assert late.location == "/register"
    assert "That took too long." in visitor.get("/register").text
    assert not read_oidc_cookie(visitor)
    assert visitor.send("/register/with/example", **REGISTRATION).location == "/register"
    assert count_rows(app, User) == 0


# --- an address that has an account ---------------------------------------------------------------


def test_an_existing_account_with_the_address_is_not_signed_in_to(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, app: Flask
) -> None:
    make_user("ada")
    page = issuer.sign_in(visitor, f"{LOGIN}?next=/rides").location
    text = visitor.get(page).text
    assert "You already have an account" in text
    assert visitor.send(page, **{**REGISTRATION, "username": "ada2"}).status_code == 200
    assert not is_signed_in(visitor)
    assert count_rows(app, Identity) == 0
    assert count_rows(app, User) == 1

    sign_in = "/login?next=/account/identities"
    assert f'href="{sign_in}"' in text
    next_url = visitor.send(sign_in, username="ada", password=PASSWORD).location
    link_path = f"{LOGIN}?next=/account/identities"
    assert f'{link_path}">Connect Example ID' in visitor.get(next_url).text
    consent = issuer.sign_in(visitor, link_path).location
    assert consent == "/account/identities/example?next=/account/identities"
    consent_page = visitor.get(consent).text
    assert "Connect Example ID?" in consent_page
    assert "ada@example.org" in consent_page
    assert count_rows(app, Identity) == 0
    assert visitor.send(consent).location == next_url
    assert count_rows(app, Identity) == 1
    assert read_mails(app)[-1].subject == "A new account is connected"
    assert "Example ID" in read_mails(app)[-1].body
    assert read_audit_kinds(app)[-1] == "account.identity_linked"
