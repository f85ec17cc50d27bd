"""The rows of a small city, for requests to its pages."""

from flask import Flask
from sqlalchemy import select

from tests.databases import CITIES
from tests.factories import PASSWORD
from webapp.auth.models import User
from webapp.auth.services.registration import Registration, register
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Place, Point
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

#: More than one page of a list.
PAST_RIDES = 40
#: A vehicle gets another public key with each ride, so each start takes a vehicle of its own.
VEHICLES = 250
QUICK_PAST_RIDES, QUICK_VEHICLES = 2, 12
POSITION = Point(40.7306, -73.9866)


def populate(app: Flask, quick: bool = False) -> tuple[User, list[RowKey]]:
    """Add a city with vehicles, and a rider with past rides; only a few if ``quick``.

    Returns the rider, and the public keys of vehicles that nobody has ridden.
    """
    past_rides = QUICK_PAST_RIDES if quick else PAST_RIDES
    columns = ("name", "region", "timezone", "currency", "lat", "lon")
    with app.app_context():
        add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")
        city = catalogue().all()[0]
        rider = register(
            Registration(city, "Ada", "Byron", "ada", "ada@example.org", PASSWORD),
            is_email_confirmed=True,
        )
        bike = VehicleDescription("bike", "Pegasus", "green", Place("12 Main Street", POSITION))
        for _ in range(QUICK_VEHICLES if quick else VEHICLES):
            add_vehicle(rider, city, bike)
        vehicle_keys = [vehicle.public_key for vehicle in db.session.scalars(select(Vehicle))]
        for vehicle_key in vehicle_keys[:past_rides]:
            ride_key = start_ride(rider.key, vehicle_key)
            end_ride(rider.key, ride_key, Place("By the fountain", POSITION))
    return rider, vehicle_keys[past_rides:]
