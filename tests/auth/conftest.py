"""Fixtures of the tests of accounts: people, an issuer of OpenID Connect, second factors."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert

from tests.auth.issuer import Issuer, MakeIdentity, run_issuer
from tests.auth.second_factor_steps import enable_second_factor
from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.auth.models import Identity, User
from webapp.auth.oidc.providers import create_providers
from webapp.extensions import bcrypt, db


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


@pytest.fixture
def bcrypt_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions of bcrypt that are called, in order."""
    calls: list[str] = []

    def record_calls(name: str) -> Callable[..., str | bytes | bool]:
        function: Callable[..., str | bytes | bool] = getattr(bcrypt, name)

        def call(*arguments: str | bytes | int) -> str | bytes | bool:
            calls.append(name)
            return function(*arguments)

        return call

    for name in ("check_password_hash", "generate_password_hash"):
        monkeypatch.setattr(bcrypt, name, record_calls(name))
    return calls


@pytest.fixture
def accounts(make_user: UserFactory) -> None:
    """An account that can sign in, one that is disabled, and one without a password."""
    make_user("ada")
    make_user("eve", disabled_at=func.now())
    make_user("oda", password_hash="")


@pytest.fixture
def frozen_clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock, so that a code does not change during a test."""
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def secret(app: Flask, ada: User) -> str:
    """Give Ada a second factor; return its secret."""
    return enable_second_factor(app, ada)


@pytest.fixture
def admin_user(make_user: UserFactory) -> User:
    """An admin of all cities."""
    return make_user("boss", roles=["admin"])


@pytest.fixture
def paris_admin(make_user: UserFactory) -> User:
    """An admin of Paris."""
    return make_user("pia", city="paris", roles={"admin": ["paris"]})


@pytest.fixture
def open_browser(app: Flask) -> Callable[[User], Visitor]:
    """Open a browser in which a user is signed in: ``open_browser(user)``."""
    return lambda user: new_browser(app).sign_in(user)
