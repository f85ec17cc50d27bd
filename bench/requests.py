"""The requests that bench/latency.py measures, and the rows of a small city for them."""

import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select, text

from tests.databases import CITIES
from tests.factories import PASSWORD
from tests.visitor import Visitor
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
POSITION = Point(40.7306, -73.9866)

DATABASE_ONLY = "no page: SELECT 1"

#: Sends a request and returns how long the answer took, milliseconds.
TimedRequest = Callable[[], float]


def populate(app: Flask) -> tuple[User, list[RowKey]]:
    """Add a city with vehicles, and a rider with past rides.

    Returns the rider, and the public keys of vehicles that nobody has ridden.
    """
    columns = ("name", "region", "timezone", "currency", "lat", "lon")
    with app.app_context():
        add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")
        city = catalogue().all()[0]
        rider = register(
            Registration(city, "Ada", "Byron", "ada", "ada@example.org", PASSWORD),
            is_email_confirmed=True,
        )
        bike = VehicleDescription("bike", "Pegasus", "green", Place("12 Main Street", POSITION))
        for _ in range(VEHICLES):
            add_vehicle(rider, city, bike)
        vehicle_keys = [vehicle.public_key for vehicle in db.session.scalars(select(Vehicle))]
        for vehicle_key in vehicle_keys[:PAST_RIDES]:
            ride_key = start_ride(rider.key, vehicle_key)
            end_ride(rider.key, ride_key, Place("By the fountain", POSITION))
    return rider, vehicle_keys[PAST_RIDES:]


class Browser:
    """Sends requests with one session cookie, and measures their time."""

    def __init__(self, app: Flask, user: User | None = None) -> None:
        self.app = app
        client = Visitor(app, app.response_class)
        self._token = (client.sign_in(user) if user else client).token()
        cookie = client.get_cookie("movr")
        self._session = cookie.value if cookie else ""
        self.location = ""

    def get(self, path: str) -> TimedRequest:
        return lambda: self._time("GET", path, 200, None)

    def post(self, path: Callable[[], str], **fields: str) -> TimedRequest:
        data = {"csrf_token": self._token, **fields}
        return lambda: self._time("POST", path(), 303, data)

    def _time(self, method: str, path: str, status: int, data: dict[str, str] | None) -> float:
        """Send a request, check its status; return the time of the answer in milliseconds."""
        client = self.app.test_client()
        client.set_cookie("movr", self._session)
        started = time.perf_counter()
        response = client.open(path, method=method, data=data)
        elapsed_ms = (time.perf_counter() - started) * 1000
        if response.status_code != status:
            raise RuntimeError(f"{method} {path} answered {response.status}")
        self.location = response.location or ""
        return elapsed_ms


def query_database(app: Flask) -> TimedRequest:
    """Return a query without a page: what the connection and the machine add by themselves."""
    with app.app_context():
        engine = db.engine

    def send() -> float:
        started = time.perf_counter()
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return (time.perf_counter() - started) * 1000

    return send


def make_requests(app: Flask) -> dict[str, TimedRequest]:
    """Return the requests to measure, by name; they are sent in this order."""
    user, vehicle_keys = populate(app)
    unused_keys = iter(vehicle_keys)
    visitor, rider = Browser(app), Browser(app, user)
    credentials = {"username": "ada", "password": PASSWORD}
    return {
        DATABASE_ONLY: query_database(app),
        "free vehicles, a visitor": visitor.get("/vehicles"),
        "free vehicles, a rider": rider.get("/vehicles"),
        "starting a ride": rider.post(lambda: f"/rides/start/{next(unused_keys)}"),
        "ending a ride": rider.post(
            lambda: rider.location.replace("/rides/", "/rides/end/"), address="By the fountain"
        ),
        "all rides": rider.get("/rides"),
        "signing in": visitor.post(lambda: "/login", **credentials),
    }
