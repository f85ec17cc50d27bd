"""Accounts at another site that open one here: coming in, opening one, connecting, showing it."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask_babel
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select, update

from tests.auth.issuer import CALLBACK, LOGIN, Issuer, MakeIdentity, read_oidc_cookie
from tests.auth.steps import is_signed_in, read_audit_kinds, read_mails
from tests.factories import PASSWORD, UserFactory
from tests.surface.test_texts import Brackets, bare_words
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import Identity, LoginSession, SecondFactor, User
from webapp.auth.services import identities
from webapp.extensions import db

REGISTRATION = {"city": "paris", "first_name": "Ada", "last_name": "Lovelace", "username": "ada"}
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


def count_rows(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- known ----------------------------------------------------------------------------------------


def test_a_linked_identity_signs_in_to_its_account(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask
) -> None:
    answer = issuer.sign_in(visitor, f"{LOGIN}?next=/rides?x=1")
    assert (answer.status_code, answer.location) == (303, "/rides?x=1")
    assert is_signed_in(visitor)
    assert not read_oidc_cookie(visitor)
    assert read_audit_kinds(app) == ["account.signed_in"]
    assert [letter.subject for letter in read_mails(app)] == ["Somebody signed in to your account"]


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
    there = visitor.get(LOGIN, query_string={"next": elsewhere}).location
    assert visitor.get(issuer.authenticate(there)).location == "/"


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
    answer = issuer.sign_in(visitor)
    assert answer.status_code == 422
    assert "disabled" not in answer.text
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
    answer = issuer.sign_in(visitor, f"{LOGIN}?next=/rides")
    assert answer.location == "/login/code?next=/rides"
    assert not is_signed_in(visitor)
    assert count_rows(app, LoginSession) == 0


def test_sign_ins_with_an_identity_do_not_reset_the_rate_limit_of_passwords(
    visitor: Visitor, issuer: Issuer, linked_ada: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_ADDRESS", (1, 60))
    visitor.send("/login", username="nobody", password="wrong password")
    assert issuer.sign_in(visitor).status_code == 429
    assert not is_signed_in(visitor)


# --- new ------------------------------------------------------------------------------------------


def test_an_unknown_identity_registers_an_account_without_a_password(
    visitor: Visitor, issuer: Issuer, app: Flask
) -> None:
    page = issuer.sign_in(visitor, f"{LOGIN}?next=/rides").location
    assert page == "/register/with/example?next=/rides"
    form = visitor.get(page).text
    for words in ("ada@example.org", 'value="Ada"', 'value="Lovelace"', 'value="ada"'):
        assert words in form
    assert "password" not in form.partition("<form method")[2].lower()
    answer = visitor.send(page, **REGISTRATION, email="evil@example.org", password="another one")
    assert (answer.status_code, answer.location) == (303, "/rides")
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


def test_an_account_without_a_password_accepts_none(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    for password in ("", " ", PASSWORD):
        visitor.send("/login", username="ada", password=password)
        assert not is_signed_in(visitor)


def test_a_wrong_field_is_told_beside_it(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, app: Flask
) -> None:
    make_user("taken")
    page = issuer.sign_in(visitor).location
    answer = visitor.send(page, **{**REGISTRATION, "username": "taken", "first_name": ""})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    answer = visitor.send(page, **{**REGISTRATION, "username": "taken"})
    assert answer.status_code == 422
    assert 'id="username-error"' in answer.text
    assert visitor.send(page, **REGISTRATION).status_code == 303


def test_registering_twice_with_one_identity_is_refused_not_broken(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, make_identity: MakeIdentity
) -> None:  # fmt: skip
    page = issuer.sign_in(visitor).location
    make_identity(make_user("faster"), "ada")
    answer = visitor.send(page, **REGISTRATION)
    assert answer.status_code == 409
    assert "opens another account here already" in answer.text


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
    answer = issuer.sign_in(visitor, f"{LOGIN}?next=/rides")
    assert answer.location == "/register?next=/rides"
    page = visitor.get(answer.location).text
    assert "Example ID does not say that your e-mail address is yours." in page
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
def test_unusable_claims_are_left_out(
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
    known = visitor.get(page).text
    assert "You have an account already" in known
    assert visitor.send(page, **{**REGISTRATION, "username": "ada2"}).status_code == 200
    assert not is_signed_in(visitor)
    assert count_rows(app, Identity) == 0
    assert count_rows(app, User) == 1

    sign_in = "/login?next=/account/identities"
    assert f'href="{sign_in}"' in known
    here = visitor.send(sign_in, username="ada", password=PASSWORD).location
    way = f"{LOGIN}?next=/account/identities"
    assert f'{way}">Connect Example ID' in visitor.get(here).text
    consent = issuer.sign_in(visitor, way).location
    assert consent == "/account/identities/example?next=/account/identities"
    asked = visitor.get(consent).text
    assert "Connect Example ID?" in asked
    assert "ada@example.org" in asked
    assert count_rows(app, Identity) == 0
    assert visitor.send(consent).location == here
    assert count_rows(app, Identity) == 1
    assert read_mails(app)[-1].subject == "A new way into your account"
    assert "Example ID" in read_mails(app)[-1].body
    assert read_audit_kinds(app)[-1] == "account.identity_linked"


# --- connecting and disconnecting -----------------------------------------------------------------


def test_linking_requires_recent_authentication_and_a_button(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, app: Flask
) -> None:
    visitor.sign_in(make_user("grace"), authenticated_at=AN_HOUR_AGO)
    consent = issuer.sign_in(visitor).location
    proof = visitor.get(consent).location
    assert proof == "/login/again?next=/account/identities/example"
    assert visitor.send(proof, password=PASSWORD).location == consent
    assert visitor.get(consent).status_code == 200
    assert visitor.post(consent).status_code == 400
    assert count_rows(app, Identity) == 0
    assert visitor.send(consent).location == "/account/identities"
    page = visitor.get("/account/identities").text
    assert "Example ID" in page
    assert "ada@example.org" in page
    assert visitor.send(consent).location == "/account/identities"
    assert count_rows(app, Identity) == 1


def test_an_identity_that_opens_another_account_is_refused(
    visitor: Visitor, issuer: Issuer, linked_ada: User, make_user: UserFactory, app: Flask
) -> None:
    visitor.sign_in(make_user("grace"))
    answer = issuer.sign_in(visitor)
    assert answer.status_code == 409
    assert "opens another account here already" in answer.text
    assert count_rows(app, Identity) == 1


def test_an_identity_that_another_account_linked_first_is_refused(
    visitor: Visitor, issuer: Issuer, make_user: UserFactory, make_identity: MakeIdentity
) -> None:  # fmt: skip
    visitor.sign_in(make_user("grace"))
    consent = issuer.sign_in(visitor).location
    make_identity(make_user("faster"), "ada")
    assert visitor.send(consent).status_code == 409


def test_linking_a_linked_identity_says_so(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    visitor.sign_in(linked_ada)
    assert issuer.sign_in(visitor).location == "/account/identities"
    assert "is already connected to this account" in visitor.get("/account/identities").text


def test_the_account_page_leads_to_the_identities(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    visitor.sign_in(linked_ada)
    assert 'href="/account/identities"' in visitor.get("/account").text


def test_an_identity_is_disconnected_when_a_password_is_left(
    visitor: Visitor,
    issuer: Issuer,
    make_user: UserFactory,
    make_identity: MakeIdentity,
    app: Flask,
) -> None:
    grace = make_user("grace")
    way = f"/account/identities/{make_identity(grace, 'ada').id}/remove"
    visitor.sign_in(make_user("other"))
    assert visitor.send(way).status_code == 404
    visitor.sign_in(grace, authenticated_at=AN_HOUR_AGO)
    assert str(visitor.send(way).location).startswith("/login/again")
    assert count_rows(app, Identity) == 1
    visitor.sign_in(grace)
    assert visitor.send(way).status_code == 303
    assert count_rows(app, Identity) == 0
    assert read_audit_kinds(app)[-1] == "account.identity_unlinked"
    assert visitor.send(way).status_code == 404


def test_the_last_sign_in_method_cannot_be_unlinked(
    visitor: Visitor, issuer: Issuer, linked_ada: User, make_identity: MakeIdentity, app: Flask
) -> None:
    visitor.sign_in(linked_ada)
    second = make_identity(linked_ada, "countess")
    assert visitor.send(f"/account/identities/{second.id}/remove").status_code == 303
    with app.app_context():
        last = db.session.scalars(select(Identity)).one()
    answer = visitor.send(f"/account/identities/{last.id}/remove")
    assert answer.status_code == 409
    assert "Set a password first." in answer.text
    assert count_rows(app, Identity) == 1
    assert read_audit_kinds(app).count("account.identity_unlinked") == 1


def test_an_identity_of_a_removed_provider_is_no_sign_in_method(
    app: Flask, issuer: Issuer, linked_ada: User, make_identity: MakeIdentity
) -> None:
    second = make_identity(linked_ada, "countess")
    with app.app_context(), db.engines["write"].begin() as connection:
        statement = update(Identity).where(Identity.id == second.id)
        connection.execute(statement.values(issuer="https://gone.example"))
    with app.app_context():
        first = next(
            each for each in identities.list_identities(linked_ada) if each.id != second.id
        )
        with pytest.raises(identities.LastSignInMethod):
            identities.unlink_identity(linked_ada, first.id)
        identities.unlink_identity(linked_ada, second.id)
    assert count_rows(app, Identity) == 1


def test_two_requests_at_once_cannot_unlink_the_last_two_identities(
    app: Flask, issuer: Issuer, linked_ada: User, make_identity: MakeIdentity
) -> None:
    make_identity(linked_ada, "countess")
    with app.app_context():
        ids = [identity.id for identity in identities.list_identities(linked_ada)]
    results = run_together(
        app, *(partial(identities.unlink_identity, linked_ada, id_) for id_ in ids)
    )
    assert [type(result) for result in results].count(identities.LastSignInMethod) == 1
    assert count_rows(app, Identity) == 1


# --- showing once more who one is -----------------------------------------------------------------


def test_an_account_without_a_password_reauthenticates_at_its_provider(
    visitor: Visitor, issuer: Issuer, linked_ada: User
) -> None:
    visitor.sign_in(linked_ada, authenticated_at=AN_HOUR_AGO)
    proof = visitor.get("/account/email").location
    page = visitor.get(proof).text
    assert "Confirm with Example ID" in page
    way = f"{LOGIN}?next=/account/email&again=1"
    assert f'href="http://127.0.0.1:8000{way.replace("&", "&amp;")}"' in page
    there = visitor.get(way).location
    asked = parse_qs(urlsplit(there).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert visitor.get(issuer.authenticate(there)).location == "/account/email"
    assert visitor.get("/account/email").status_code == 200


@pytest.mark.parametrize(
    "auth_time", [0, "yesterday", AN_HOUR_AGO.timestamp()], ids=["never", "a word", "an hour ago"]
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


# --- words ----------------------------------------------------------------------------------------


def test_no_page_has_a_bare_word(
    visitor: Visitor,
    issuer: Issuer,
    linked_ada: User,
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Brackets())
    make_user("known")
    pages = [visitor.get(path) for path in ("/login", "/register")]
    for name in ("new", "known"):
        page = issuer.sign_in(visitor, email=f"{name}@example.org").location
        pages += [visitor.get(page), visitor.send(page)]
    pages.append(visitor.get(CALLBACK))
    visitor.sign_in(linked_ada)
    consent = issuer.sign_in(visitor, email="second@example.org").location
    pages += [visitor.get(path) for path in (consent, "/account", "/account/identities")]
    visitor.sign_in(make_user("grace"))
    pages += [visitor.get("/account/identities"), issuer.sign_in(visitor)]
    visitor.sign_in(linked_ada, authenticated_at=AN_HOUR_AGO)
    pages += [visitor.get("/login/again"), issuer.sign_in(visitor, f"{LOGIN}?again=1", "x@x.org")]
    data = re.compile(r"Example ID|Grace|(new|known|second)@example.org|value=\"(New|new)\"")
    assert [words for page in pages if (words := bare_words(data.sub("", page.text)))] == []
