"""Fixtures of the tests of rides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import age_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.rides.steps import make_ended_ride  # noqa: F401 - a fixture
from webapp.db.keys import RowKey
from webapp.rides.models import Ride
from webapp.rides.services.start import start_ride

#: Start a ride some time ago: ``make_open_ride("ada", timedelta(hours=1), "paris")``.
MakeOpenRide = Callable[..., RowKey]


@pytest.fixture
def ada_key(make_user: UserFactory) -> RowKey:
    return make_user("ada").key


@pytest.fixture
def bob_key(make_user: UserFactory) -> RowKey:
    return make_user("bob").key


@pytest.fixture
def make_open_ride(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> MakeOpenRide:
    """Make a new rider with an open ride; return the key of the ride."""

    def make(
        username: str, duration: timedelta, city: str = "new york", **vehicle_columns: Any
    ) -> RowKey:
        with app.app_context():
            vehicle = make_vehicle(city, **vehicle_columns)
            ride_key = start_ride(make_user(username).key, vehicle.public_key)
        age_rows(app, Ride, "started_at", duration, Ride.id == ride_key.id)
        return ride_key

    return make


@pytest.fixture
def _minute_price(make_plan: PlanFactory) -> None:
    """In New York unlocking costs 1.00, and a minute 0.25."""
    make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 25, "interval": 1, "end": None}])
