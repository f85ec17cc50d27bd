"""Fixtures of the tests of riders and their wallets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.riders.wallet_steps import RunInApp, assert_consistent_ledger
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey


@pytest.fixture
def empty_provider(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start with an empty fake payment provider; check the ledger at the end."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    yield
    with app.app_context():
        assert_consistent_ledger()


@pytest.fixture
def paris_rider(make_user: UserFactory) -> User:
    """Ada, a rider who lives in Paris."""
    return make_user("ada", "paris")


@pytest.fixture
def paris_browser(visitor: Visitor, paris_rider: User) -> Visitor:
    """The browser of Ada, who is signed in."""
    return visitor.sign_in(paris_rider)


@pytest.fixture
def run_in_app(app: Flask) -> RunInApp:
    """Run a function in an application context: ``run_in_app(function, argument)``."""

    def run(function: Callable[..., Any], *arguments: Any) -> Any:
        with app.app_context():
            return function(*arguments)

    return run


@pytest.fixture
def admin_browser(app: Flask, make_user: UserFactory) -> Visitor:
    """The browser of an admin of Paris."""
    admin = make_user("boss", "paris", roles={"admin": ["paris"]})
    return new_browser(app).sign_in(admin)


@pytest.fixture
def ada_key(paris_rider: User) -> RowKey:
    """The key of Ada, a rider who lives in Paris."""
    return paris_rider.key
