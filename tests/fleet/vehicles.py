"""Values and steps of tests of vehicles."""

from datetime import UTC, datetime

from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.regions.geography import Place, Point

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SQUARE_POINT = Point(40.7359, -73.9911)
SQUARE = Place("Union Square", SQUARE_POINT)
BOARD = VehicleDescription("skateboard", "Globe", "green", SQUARE)
BIKE = VehicleDescription("e-bike", "Riese", "red", Place("the station"))


def read_public_key(vehicle_key: RowKey) -> RowKey:
    """Return the public key of a vehicle; needs an application context."""
    vehicle = db.session.get(Vehicle, tuple(vehicle_key))
    assert vehicle
    return vehicle.public_key
