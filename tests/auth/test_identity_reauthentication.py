"""Reauthentication at an OpenID Connect provider."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, insert

from tests.auth.issuer import LOGIN, Issuer, MakeIdentity
from tests.auth.steps import AN_HOUR_AGO, is_signed_in
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.auth.models import SecondFactor, User
from webapp.extensions import db


def test_an_account_without_a_password_reauthenticates_at_its_provider(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    visitor.sign_in(linked_ada, authenticated_at=AN_HOUR_AGO)
    reauthentication_page = visitor.get("/account/email").location
    page = visitor.get(reauthentication_page).text
    assert "Confirm with Example ID" in page
    sign_in_path = f"{LOGIN}?next=/account/email&again=1"
    assert f'href="http://127.0.0.1:8000{sign_in_path.replace("&", "&amp;")}"' in page
    authorization_url = visitor.get(sign_in_path).location
    query = parse_qs(urlsplit(authorization_url).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    assert visitor.get(issuer.authenticate(authorization_url)).location == "/account/email"
    assert visitor.get("/account/email").status_code == 200


@pytest.mark.parametrize(
    "auth_time",
    [0, "yesterday", AN_HOUR_AGO.timestamp(), None],
    ids=["never", "a word", "an hour ago", "not stated"],
)
def test_an_old_auth_time_does_not_reauthenticate(
    visitor: Visitor, issuer: Issuer, linked_ada: User, auth_time: Any
) -> None:
    visitor.sign_in(linked_ada, authenticated_at=AN_HOUR_AGO)
    issuer.claims = {"auth_time": auth_time}
    assert issuer.sign_in(visitor, f"{LOGIN}?again=1").status_code == 400
    assert visitor.get("/account/email").status_code == 303


def test_another_accounts_identity_does_not_reauthenticate(
    visitor: Visitor,
    issuer: Issuer,
    linked_ada: User,
    make_user: UserFactory,
    make_identity: MakeIdentity,
) -> None:
    make_identity(make_user("eve"), "eve")
    visitor.sign_in(linked_ada, authenticated_at=AN_HOUR_AGO)
    for email in ("eve@example.org", "nobody@example.org"):
        assert issuer.sign_in(visitor, f"{LOGIN}?again=1", email).status_code == 403
    assert visitor.get("/account/email").status_code == 303


def test_accounts_with_password_or_code_do_not_reauthenticate_at_a_provider(
    visitor: Visitor,
    issuer: Issuer,
    linked_ada: User,
    make_user: UserFactory,
    make_identity: MakeIdentity,
    app: Flask,
) -> None:
    grace = make_user("grace")
    make_identity(grace, "grace")
    factor = {
        "region": linked_ada.region,
        "user_id": linked_ada.id,
        "secret": "x",
        "confirmed_at": func.now(),
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(SecondFactor).values(factor))
    for user, email in ((grace, "grace@example.org"), (linked_ada, "ada@example.org")):
        visitor.sign_in(user, authenticated_at=AN_HOUR_AGO)
        assert "Confirm with" not in visitor.get("/login/again").text
        assert issuer.sign_in(visitor, f"{LOGIN}?again=1", email).status_code == 403
        assert visitor.get("/account/email").status_code == 303


def test_reauthentication_after_the_session_ended_signs_in(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    assert issuer.sign_in(visitor, f"{LOGIN}?again=1").location == "/"
    assert is_signed_in(visitor)
