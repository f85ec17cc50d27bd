"""What the tests of ended rides do again and again: ride for a while, and let time pass since."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.auth.steps import change
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

FOUNTAIN = Place("By the fountain", Point(40.75, -73.98))
#: One to unlock and a quarter a minute, a fifth of it tax: 3.50 for ``ridden``.
PRICE: dict[str, Any] = {
    "unlock_fee": 100,
    "segments": [{"start": 0, "rate": 25, "interval": 1}],
    "tax_ppm": 200_000,
}
Ridden = Callable[..., RowKey]


@pytest.fixture
def ridden(app: Flask, make_vehicle: Callable[..., Vehicle]) -> Ridden:
    """Ride for nearly ten minutes: ``ridden(rider.key, "paris")`` returns the key of the ride."""

    def ride(rider: RowKey, city: str = "new york", place: Place = FOUNTAIN, **columns: Any) -> Any:
        vehicle = make_vehicle(city, **columns)
        with app.app_context():
            key = start_ride(rider, vehicle.public_key)
            with db.engines["write"].begin() as connection:
                began = Ride.started_at - timedelta(seconds=570)
                connection.execute(update(Ride).where(Ride.id == key.id).values(started_at=began))
            end_ride(rider, key, place)
        return key

    return ride


def days_later(app: Flask, key: RowKey, days: float) -> None:
    """Let so many days pass since a ride."""
    passed = timedelta(days=days)
    its = {"started_at": Ride.started_at - passed, "ended_at": Ride.ended_at - passed}
    change(app, Ride, Ride.id == key.id, **its)
