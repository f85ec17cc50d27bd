"""How often each page and action speaks to the database, counted on the wire.

``Walk`` goes through all of MovR as a visitor, a rider, an owner and staff would, and writes down
what each request costs. Connections stand already, and the catalogue of cities is in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.conftest import PASSWORD, Visitor
from tests.wire import Wire

#: The most that is allowed; for other actions the table states what they cost.
PUBLIC_LIST, PAGE, RIDE, SIGN_IN = 1, 2, 3, 3
BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "40.73",
    "lon": "-73.99",
}
PERSON = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
ACCOUNT = {
    **PERSON,
    "username": "ada",
    "email": "ada@example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@dataclass(frozen=True)
class Step:
    """One request and what it cost."""

    what: str
    method: str
    #: Its route, as in tests/surface/routes.txt.
    route: str
    trips: int
    budget: int | None
    #: What the tutorial application needs for the same, where it was measured.
    tutorial: int | None

    @property
    def address(self) -> str:
        return f"{self.method} {self.route}"


class Walk:
    """The steps so far."""

    def __init__(self, app: Flask, wire: Wire, make_user: Callable, make_vehicle: Callable) -> None:
        self.app = app
        self.wire = wire
        self.make_user = make_user
        self.make_vehicle = make_vehicle
        self.steps: list[Step] = []

    def someone(self, *roles: str) -> Visitor:
        """Return a new account's browser, signed in."""
        return self.visitor().sign_in(self.make_user(roles=roles))

    def visitor(self) -> Visitor:
        visitor: Visitor = self.app.test_client()  # type: ignore[assignment]
        return visitor

    def get(
        self, who: Visitor, what: str, path: str, budget: int, *, tutorial: int | None = None
    ) -> Any:
        """Measure a page."""
        return self._measure(what, "GET", path, budget, tutorial, lambda: who.get(path))

    def post(
        self,
        who: Visitor,
        what: str,
        path: str,
        budget: int | None = None,
        *,
        tutorial: int | None = None,
        **fields: str,
    ) -> Any:
        """Measure an action; the page with its form is open already."""
        data = {"csrf_token": who.token(), **fields}
        return self._measure(
            what, "POST", path, budget, tutorial, lambda: who.post(path, data=data)
        )

    def _measure(
        self,
        what: str,
        method: str,
        path: str,
        budget: int | None,
        tutorial: int | None,
        send: Callable[[], Any],
    ) -> Any:
        self.wire.take_queries()
        response = send()
        trips = len(self.wire.take_queries())
        adapter = self.app.url_map.bind("localhost")
        rule, _ = adapter.match(path.split("?")[0], method, return_rule=True)
        self.steps.append(Step(what, method, rule.rule, trips, budget, tutorial))
        return response


def walk(walk: Walk) -> list[Step]:
    """Go everywhere once; return the steps."""
    for _ in range(8):  # more than a page shows in the tests
        walk.make_vehicle()
    look_around(walk)
    come_in(walk)
    ride(walk)
    own(walk)
    be_somebody(walk)
    look_after_all(walk)
    return walk.steps


def look_around(walk: Walk) -> None:
    visitor, vehicle = walk.visitor(), walk.make_vehicle()
    walk.get(visitor, "the first page, a visitor", "/", PUBLIC_LIST)
    walk.get(visitor, "free vehicles, a visitor", "/vehicles", PUBLIC_LIST)
    walk.get(visitor, "those of a city", "/city/paris", PUBLIC_LIST)
    walk.get(visitor, "those near by", "/vehicles?lat=40.73&lon=-73.99", PUBLIC_LIST)
    walk.get(visitor, "all in the street", "/vehicles?show=all", PUBLIC_LIST)
    walk.get(visitor, "one vehicle, a visitor", f"/vehicles/{vehicle.key}", PAGE)
    walk.get(visitor, "choosing a city", "/city?city=paris", PAGE)
    rider = walk.someone()
    walk.get(rider, "the first page, a rider", "/", PAGE)
    walk.get(rider, "free vehicles, a rider", "/vehicles", PAGE, tutorial=10)
    walk.get(rider, "one vehicle, a rider", f"/vehicles/{vehicle.key}", PAGE)


def come_in(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the form to register", "/register", PAGE)
    answer = walk.post(visitor, "registering", "/register", tutorial=15, **ACCOUNT)
    assert answer.status_code == 303, answer.text
    answer = walk.post(visitor, "signing out", "/logout", PAGE)
    assert answer.status_code == 303
    walk.get(visitor, "the form to sign in", "/login", PAGE)
    person = {"username": "ada", "password": "wrong"}
    answer = walk.post(visitor, "signing in, wrongly", "/login", SIGN_IN, **person)
    assert answer.status_code == 422
    person = {"username": "ada", "password": PASSWORD}
    answer = walk.post(visitor, "signing in", "/login", SIGN_IN, tutorial=5, **person)
    assert answer.status_code == 303


def ride(walk: Walk) -> None:
    rider, other = walk.someone(), walk.someone()
    vehicle, second = walk.make_vehicle(), walk.make_vehicle()
    start, place = f"/rides/start/{vehicle.key}", {"address": "By the fountain"}
    page = walk.post(rider, "starting a ride", start, RIDE, tutorial=17).location
    walk.get(rider, "the running ride", page, PAGE)
    assert walk.post(rider, "pressing start twice", start, RIDE).location == page
    again = walk.post(rider, "starting another one", f"/rides/start/{second.key}", RIDE)
    assert again.location == page
    taken = walk.post(other, "starting on a taken one: free ones near by", start)
    assert taken.status_code == 409
    end = page.replace("/rides/", "/rides/end/")
    walk.post(rider, "ending a ride", end, RIDE, tutorial=8, **place)
    walk.post(rider, "pressing end twice", end, RIDE, **place)
    walk.post(rider, "ending without a place", end, RIDE)
    walk.get(rider, "the receipt", page, PAGE)
    walk.get(rider, "all rides", "/rides", PAGE, tutorial=10)


def own(walk: Walk) -> None:
    owner = walk.someone()
    walk.get(owner, "the form to add a vehicle", "/vehicles/add", PAGE)
    added = walk.post(owner, "adding a vehicle", "/vehicles/add", **BIKE)
    assert added.status_code == 303, added.text
    page = added.location
    walk.get(owner, "my vehicles", "/vehicles/mine", PAGE)
    walk.get(owner, "the form to change one", f"{page}/edit", PAGE)
    walk.post(owner, "changing a vehicle", f"{page}/edit", RIDE, **BIKE)
    gone = walk.post(owner, "removing the last vehicle", f"{page}/remove")
    assert gone.status_code == 303


def be_somebody(walk: Walk) -> None:
    rider, other = walk.someone(), walk.make_user()
    walk.get(rider, "my page: where it is", "/users/me", PAGE)
    walk.get(rider, "another rider's page", f"/users/{other.key}", PAGE)
    walk.get(rider, "the form of my profile", "/users/me/edit", PAGE)
    saved = walk.post(rider, "saving my profile", "/users/me/edit", **PERSON, about="Hello")
    assert saved.status_code == 303
    walk.get(rider, "the form to leave", "/users/me/delete", PAGE)
    left = walk.post(rider, "leaving for good", "/users/me/delete", password=PASSWORD)
    assert left.status_code == 303


def look_after_all(walk: Walk) -> None:
    staff = walk.someone("fleet")
    walk.get(staff, "all vehicles of a city", "/fleet?city=new+york", PAGE)
    walk.get(staff, "all riders of a city", "/users?city=new+york", PAGE)
