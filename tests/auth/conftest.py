"""Fixtures of the tests of accounts: people, an issuer of OpenID Connect, second factors."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.auth.issuer import Issuer, MakeIdentity, run_issuer
from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.auth.models import Identity, User
from webapp.auth.oidc.providers import create_providers
from webapp.extensions import db


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """An application context, for tests that call services."""
    with app.app_context():
        yield


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def ada_browser(app: Flask, ada: User) -> Visitor:
    """The browser of Ada, who is signed in."""
    return new_browser(app).sign_in(ada)


@pytest.fixture(scope="session")
def issuer_server() -> Iterator[Issuer]:
    with run_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(issuer_server: Issuer, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """An issuer that the application has as the providers ``example`` and ``other``."""
    issuer_server.reset()
    providers = {
        "example": issuer_server.settings,
        "other": {**issuer_server.settings, "label": "Other"},
    }
    monkeypatch.setitem(app.config, "OIDC_PROVIDERS", providers)
    monkeypatch.setitem(app.extensions, "oidc", create_providers(app.config))
    return issuer_server


@pytest.fixture
def make_identity(app: Flask, issuer: Issuer) -> MakeIdentity:
    """Link an account at the issuer to one here: ``make_identity(user, "ada")``."""

    def make(user: User, name: str) -> Identity:
        row = Identity(region=user.region, user_id=user.id, issuer=issuer.url,
                       subject=f"subject-of-{name}", email=f"{name}@example.org")  # fmt: skip
        columns = ("region", "user_id", "issuer", "subject", "email")
        with app.app_context(), db.engines["write"].begin() as connection:
            values = {name: getattr(row, name) for name in columns}
            statement = insert(Identity).values(values).returning(Identity.id)
            row.id = connection.execute(statement).scalar_one()
        return row

    return make


@pytest.fixture
def linked_ada(make_user: UserFactory, make_identity: MakeIdentity) -> User:
    """Ada, whose account has no password and one linked identity."""
    user = make_user("ada", password_hash="")
    make_identity(user, "ada")
    return user
