"""Fixtures of the tests of vehicles."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.factories import UserFactory
from webapp.auth.models import User


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def bob(make_user: UserFactory) -> User:
    return make_user("bob")
