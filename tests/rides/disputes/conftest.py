"""A rider with a ride, and staff."""

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import PlanFactory, UserFactory
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey


@pytest.fixture
def ada(make_user: UserFactory, visitor: Visitor) -> User:
    user: User = make_user("ada")
    visitor.sign_in(user)
    return user


@pytest.fixture
def ride(ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory) -> RowKey:
    """A ride of Ada's in New York that cost $3.50, 58 cents of it tax."""
    make_plan(**PRICE)
    return make_ended_ride(ada.key)


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("sue", roles={"fleet": ["new york"]}))
