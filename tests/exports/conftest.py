"""Fixtures of the tests of exports: staff of New York, and what there is to export."""

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.visitor import Visitor


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


@pytest.fixture
def mechanic(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("mick", roles={"mechanic": ["new york"]}))


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("sue", roles={"admin": ["new york"]}))
