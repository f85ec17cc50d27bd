"""The pages that are measured, and a small city to show on them."""

import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from tests.conftest import CITIES, PASSWORD, Visitor
from webapp.auth.models import User
from webapp.auth.services.registration import Registration, register
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Place, Point
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

#: More than a page shows.
VEHICLES = RIDES = 40
HERE = Point(40.7306, -73.9866)

#: Not a page of ours.
BARE = "no page: SELECT 1"

Call = Callable[[], float]


def populate(app: Flask) -> tuple[User, RowKey]:
    """Make a city with its vehicles, and a rider with a history; return rider and a vehicle."""
    columns = ("name", "region", "timezone", "currency", "lat", "lon")
    with app.app_context():
        add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")
        city = catalogue().all()[0]
        rider = register(Registration(city, "Ada", "Byron", "ada", "ada@example.org", PASSWORD))
        bike = VehicleDescription("bike", "Pegasus", "green", Place("12 Main Street", HERE))
        vehicles = [add_vehicle(rider, city, bike) for _ in range(VEHICLES)]
        for vehicle in vehicles[:RIDES]:
            end_ride(rider.key, start_ride(rider.key, vehicle), Place("By the fountain", HERE))
    return rider, vehicles[0]


class Browser:
    """Sends requests and takes their time, with one session that stays as it is."""

    def __init__(self, app: Flask, user: User | None = None) -> None:
        self.app = app
        client = Visitor(app, app.response_class)
        self._token = (client.sign_in(user) if user else client).token()
        cookie = client.get_cookie("movr")
        self._session = cookie.value if cookie else ""
        self.location = ""

    def get(self, path: str) -> Call:
        return lambda: self._time("GET", path, 200, None)

    def post(self, path: Callable[[], str], **fields: str) -> Call:
        data = {"csrf_token": self._token, **fields}
        return lambda: self._time("POST", path(), 303, data)

    def _time(self, method: str, path: str, status: int, data: dict[str, str] | None) -> float:
        """Return how long the answer took, in milliseconds."""
        client = self.app.test_client()
        client.set_cookie("movr", self._session)
        begun = time.perf_counter()
        response = client.open(path, method=method, data=data)
        took_ms = (time.perf_counter() - begun) * 1000
        if response.status_code != status:
            raise RuntimeError(f"{method} {path} answered {response.status}")
        self.location = response.location or ""
        return took_ms


def bare_question(app: Flask) -> Call:
    """Return a question without a page, to know what the cable and the machine themselves add."""
    with app.app_context():
        engine = db.engine

    def ask() -> float:
        begun = time.perf_counter()
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return (time.perf_counter() - begun) * 1000

    return ask


def pages(app: Flask) -> dict[str, Call]:
    """Return the requests to time, by name; to be sent in this order, again and again."""
    user, vehicle = populate(app)
    visitor, rider = Browser(app), Browser(app, user)
    person = {"username": "ada", "password": PASSWORD}
    return {
        BARE: bare_question(app),
        "free vehicles, a visitor": visitor.get("/vehicles"),
        "free vehicles, a rider": rider.get("/vehicles"),
        "starting a ride": rider.post(lambda: f"/rides/start/{vehicle}"),
        "ending a ride": rider.post(
            lambda: rider.location.replace("/rides/", "/rides/end/"), address="By the fountain"
        ),
        "all rides": rider.get("/rides"),
        "signing in": visitor.post(lambda: "/login", **person),
    }
