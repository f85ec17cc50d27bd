"""Signing in with an identity of an OpenID Connect provider."""

import pytest
from flask import Flask
from sqlalchemy import func, insert

from tests.auth.issuer import LOGIN, Issuer, MakeIdentity, read_oidc_cookie
from tests.auth.steps import count_rows, is_signed_in, read_audit_kinds
from tests.factories import UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import Identity, LoginSession, SecondFactor, User
from webapp.extensions import db


def test_a_linked_identity_signs_in_to_its_account(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask
) -> None:
    response = issuer.sign_in(visitor, f"{LOGIN}?next=/rides?x=1")
    assert (response.status_code, response.location) == (303, "/rides?x=1")
    assert is_signed_in(visitor)
    assert not read_oidc_cookie(visitor)
    assert read_audit_kinds(app) == ["account.signed_in"]
    assert [letter.subject for letter in read_mails(app)] == ["New sign-in to your account"]


def test_signing_in_keeps_nothing_of_the_old_session_cookie(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    with visitor.session_transaction() as session:
        session["planted"] = "by somebody else"
    issuer.sign_in(visitor)
    with visitor.session_transaction() as session:
        assert "planted" not in session


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_never_leaves_the_site(
    visitor: Visitor, issuer: Issuer, linked_ada: User, elsewhere: str
) -> None:
    authorization_url = visitor.get(LOGIN, query_string={"next": elsewhere}).location
    assert visitor.get(issuer.authenticate(authorization_url)).location == "/"


def test_an_identity_is_found_by_subject_when_its_address_has_changed(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    issuer.claims = {"email": "new@example.org", "email_verified": False}
    issuer.sign_in(visitor)
    assert is_signed_in(visitor)


def test_an_address_alone_signs_in_to_no_account(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask
) -> None:
    issuer.claims = {"sub": "another"}
    issuer.sign_in(visitor)
    assert not is_signed_in(visitor)
    assert count_rows(app, Identity) == 1


def test_a_disabled_account_is_refused_and_audited(
    visitor: Visitor,
    issuer: Issuer,
    make_user: UserFactory,
    make_identity: MakeIdentity,
    app: Flask,
) -> None:
    make_identity(make_user("ada", disabled_at=func.now()), "ada")
    response = issuer.sign_in(visitor)
    assert response.status_code == 422
    assert "disabled" not in response.text
    assert not is_signed_in(visitor)
    assert read_audit_kinds(app) == ["account.sign_in_failed"]


def test_a_second_factor_is_asked_for(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask
) -> None:
    factor = {
        "region": linked_ada.region,
        "user_id": linked_ada.id,
        "secret": "x",
        "confirmed_at": func.now(),
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(SecondFactor).values(factor))
    response = issuer.sign_in(visitor, f"{LOGIN}?next=/rides")
    assert response.location == "/login/code?next=/rides"
    assert not is_signed_in(visitor)
    assert count_rows(app, LoginSession) == 0


def test_sign_ins_with_an_identity_do_not_reset_the_rate_limit_of_passwords(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_ADDRESS", (1, 60))
    visitor.send("/login", username="nobody", password="wrong password")
    assert issuer.sign_in(visitor).status_code == 429
    assert not is_signed_in(visitor)
