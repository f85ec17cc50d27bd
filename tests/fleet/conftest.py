"""Fixtures of the tests of vehicles."""

import pytest

from tests.factories import UserFactory
from webapp.auth.models import User


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def bob(make_user: UserFactory) -> User:
    return make_user("bob")
