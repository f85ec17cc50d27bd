"""Requests to the main pages and actions, of a visitor and of a rider."""

from collections.abc import Callable
from itertools import count

from flask import Flask

from bench.support.requests import Browser, Request
from bench.support.small_city import POSITION, populate
from bench.support.timing import Call
from tests.factories import PASSWORD

FEED = "/city/new%20york/vehicles.json"
LIVE_MAP = f"{FEED}?bbox=40.72,-74,40.74,-73.98"
#: Windows of the map begin so many steps further south and west, so that none is asked for twice
#: while its answer is cached.
WINDOW_STEPS = 8
#: Returns the next request of its kind: each start, say, is of another vehicle.
NextRequest = Callable[[], Call]


def make_requests(app: Flask, quick: bool) -> dict[str, NextRequest]:
    """Return the requests by name; they are sent in this order."""
    user, vehicle_keys = populate(app, quick)
    visitor, rider = Browser(app), Browser(app, user)
    started: list[Request] = []

    def start_ride() -> Request:
        started.append(rider.post(f"/rides/start/{vehicle_keys.pop()}"))
        return started[-1]

    def end_ride() -> Request:
        path = started[-1].headers["Location"].replace("/rides/", "/rides/end/")
        return rider.post(path, address="By the fountain", lat=POSITION.lat, lon=POSITION.lon)

    def append_to_path() -> Request:
        path = started[-1].headers["Location"].replace("/rides/", "/rides/path/")
        return rider.post(path, 204, points=f"5,{POSITION.lat},{POSITION.lon}")

    window_numbers = count()

    def read_new_window() -> Request:
        number = next(window_numbers) % WINDOW_STEPS**2
        south = 40.71 - number // WINDOW_STEPS * 0.01
        west = -74.01 - number % WINDOW_STEPS * 0.01
        return visitor.get(f"{FEED}?bbox={south:.2f},{west:.2f},40.74,-73.98")

    unused, taken = vehicle_keys.pop(), vehicle_keys.pop()
    return {
        "free vehicles, a visitor": lambda: visitor.get("/vehicles"),
        "free vehicles, a rider": lambda: rider.get("/vehicles"),
        "the live map": lambda: visitor.get(LIVE_MAP),
        "the live map, a new window": read_new_window,
        "a vehicle, a visitor": lambda: visitor.get(f"/vehicles/{unused}"),
        "a vehicle, a rider": lambda: rider.get(f"/vehicles/{taken}"),
        "starting a ride": start_ride,
        "the running ride": lambda: rider.get(started[-1].headers["Location"]),
        "recording a path": append_to_path,
        "ending a ride": end_ride,
        "all rides": lambda: rider.get("/rides"),
        "the wallet": lambda: rider.get("/wallet"),
        "signing in": lambda: visitor.post("/login", username="ada", password=PASSWORD),
    }
