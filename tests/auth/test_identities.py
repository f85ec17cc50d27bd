"""Linking identities of OpenID Connect providers to an account, and unlinking them."""

import re
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.auth.issuer import CALLBACK, LOGIN, Issuer, MakeIdentity
from tests.auth.steps import AN_HOUR_AGO, count_rows, read_audit_kinds
from tests.factories import PASSWORD, UserFactory
from tests.threads import run_together
from tests.untranslated import BracketTranslations, find_untranslated, use_translations
from tests.visitor import Visitor
from webapp.auth.models import Identity, User
from webapp.auth.services import identities
from webapp.extensions import db

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
    response = issuer.sign_in(visitor)
    assert response.status_code == 409
    assert "That account is already connected to another MovR account." in response.text
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
    remove_path = f"/account/identities/{make_identity(grace, 'ada').id}/remove"
    visitor.sign_in(make_user("other"))
    assert visitor.send(remove_path).status_code == 404
    visitor.sign_in(grace, authenticated_at=AN_HOUR_AGO)
    assert str(visitor.send(remove_path).location).startswith("/login/again")
    assert count_rows(app, Identity) == 1
    visitor.sign_in(grace)
    assert visitor.send(remove_path).status_code == 303
    assert count_rows(app, Identity) == 0
    assert read_audit_kinds(app)[-1] == "account.identity_unlinked"
    assert visitor.send(remove_path).status_code == 404


def test_the_last_sign_in_method_cannot_be_unlinked(
    visitor: Visitor, issuer: Issuer, linked_ada: User, make_identity: MakeIdentity, app: Flask
) -> None:
    visitor.sign_in(linked_ada)
    second = make_identity(linked_ada, "countess")
    assert visitor.send(f"/account/identities/{second.id}/remove").status_code == 303
    with app.app_context():
        last = db.session.scalars(select(Identity)).one()
    response = visitor.send(f"/account/identities/{last.id}/remove")
    assert response.status_code == 409
    assert "Set a password first." in response.text
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


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_all_texts_of_identities_are_translatable(
    visitor: Visitor,
    issuer: Issuer,
    linked_ada: User,
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_translations(monkeypatch, BracketTranslations())
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
    assert [words for page in pages if (words := find_untranslated(data.sub("", page.text)))] == []
