"""What tests of accounts that are opened from elsewhere stand on: a real issuer."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.auth.issuer import Issuer, run_issuer
from tests.factories import UserFactory
from webapp.auth.models import Identity, User
from webapp.auth.oidc.providers import create_providers
from webapp.extensions import db


@pytest.fixture(scope="session")
def issuer_server() -> Iterator[Issuer]:
    with run_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(issuer_server: Issuer, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """An issuer that behaves, and that the application knows as ``example`` and as ``other``."""
    issuer_server.reset()
    known = {
        "example": issuer_server.settings,
        "other": {**issuer_server.settings, "label": "Other"},
    }
    monkeypatch.setitem(app.config, "OIDC_PROVIDERS", known)
    monkeypatch.setitem(app.extensions, "oidc", create_providers(app.config))
    return issuer_server


@pytest.fixture
def make_identity(app: Flask, issuer: Issuer) -> Callable[..., Identity]:
    """Let an account at the issuer open one here: ``make_identity(user, "ada")``."""

    def make(user: User, name: str) -> Identity:
        row = Identity(region=user.region, user_id=user.id, issuer=issuer.url,
                       subject=f"subject-of-{name}", email=f"{name}@example.org")  # fmt: skip
        columns = ("region", "user_id", "issuer", "subject", "email")
        with app.app_context(), db.engines["write"].begin() as connection:
            values = {name: getattr(row, name) for name in columns}
            made = insert(Identity).values(values).returning(Identity.id)
            row.id = connection.execute(made).scalar_one()
        return row

    return make


@pytest.fixture
def ada(make_user: UserFactory, make_identity: Callable[..., Identity]) -> User:
    """Somebody whose account only the issuer opens."""
    user = make_user("ada", password_hash="")
    make_identity(user, "ada")
    return user
