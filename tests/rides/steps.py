"""Make ended rides, move times into the past, and read reservations and audit events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import update_rows
from tests.factories import VehicleFactory
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.reservations.models import Reservation
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

FOUNTAIN = Place("By the fountain", Point(40.75, -73.98))
#: A price of 3.50 for ``make_ended_ride``: 1.00 to unlock, 0.25 a minute, 20 % tax included.
PRICE: dict[str, Any] = {
    "unlock_fee": 100,
    "segments": [{"start": 0, "rate": 25, "interval": 1}],
    "tax_ppm": 200_000,
}
MakeEndedRide = Callable[..., RowKey]


@pytest.fixture
def make_ended_ride(app: Flask, make_vehicle: VehicleFactory) -> MakeEndedRide:
    """Return a function that makes a ride of ten minutes and returns its key:
    ``make_ended_ride(rider.key, "paris")``."""

    def make(
        rider_key: RowKey, city: str = "new york", place: Place | None = None, **columns: Any
    ) -> RowKey:
        vehicle = make_vehicle(city, **columns)
        with app.app_context():
            ride_key = start_ride(rider_key, vehicle.public_key)
            started_at = Ride.started_at - timedelta(seconds=570)
            execute_write(update(Ride).where(Ride.id == ride_key.id).values(started_at=started_at))
            end_ride(
                rider_key, ride_key, place or (FOUNTAIN if city == "new york" else vehicle.place)
            )
        return ride_key

    return make


def age_ride(app: Flask, ride_key: RowKey, days: float) -> None:
    """Move start and end of a ride into the past by some days."""
    age = timedelta(days=days)
    times = {"started_at": Ride.started_at - age, "ended_at": Ride.ended_at - age}
    update_rows(app, Ride, Ride.id == ride_key.id, **times)


def read_reservation(rider_key: RowKey) -> Reservation:
    """Return the last reservation of a rider as it is stored."""
    reservation = db.session.get_one(Reservation, rider_key, populate_existing=True)
    db.session.expunge(reservation)
    return reservation


def count_events(kind: AuditKind) -> int:
    """Return the number of audit events of a kind."""
    query = select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind)
    return db.session.scalar(query) or 0


def age_times(minutes: int) -> None:
    """Move the times of all rides and reservations into the past."""
    age = timedelta(minutes=minutes)
    for model, columns in (
        (Vehicle, ("reserved_until",)),
        (Reservation, ("until", "reserved_at")),
        (Ride, ("started_at", "paused_at")),
    ):
        execute_write(update(model).values({name: getattr(model, name) - age for name in columns}))
    db.session.expire_all()
