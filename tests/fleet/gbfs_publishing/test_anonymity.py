"""Who polls everything that is public cannot tell which vehicle came back from which ride.

A city of small fleets of several brands and colours is ridden 200 times. A poller reads the GBFS
feed, the live map, the list and the pages of vehicles before and after each moment, and links each
new vehicle to one of those that have vanished and not come back, in the ways that simple statistics
offer. How often it is right must be near to guessing.
"""

import re
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.gbfs_publishing.steps import read_vehicles
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.rides.services import parking

RIDES, RIDERS, FLEET = 200, 12, 40
BRANDS = [
    ("Okai", "black"),
    ("Segway", "white"),
    ("Voi", "coral"),
    ("Tier", "teal"),
    ("Dott", "blue"),
]
MAP_URL = "/city/new york/vehicles.json?bbox=40.6,-74.1,40.9,-73.8&show=all"
#: Values that a page shows and that differ from vehicle to vehicle because of where it stands.
PLACES = re.compile(r"-?\d+\.\d{3,}|\d+ (?:m|min walk)|[0-9a-f-]{36}|nonce-\S+|csrf\S+")


class Seen(NamedTuple):
    """What a poller knows of a vehicle: of the feed, of the map, and of its page."""

    position: tuple[float, float]
    feed: tuple[Any, ...]
    map: tuple[Any, ...]
    page: str
    #: Its place in the order of the feed and of the map, 0 to 1.
    rank: float


def poll(visitor: Visitor) -> dict[str, Seen]:
    """Return what is public of each vehicle, by its public id."""
    feed, live_map = read_vehicles(visitor), visitor.get(MAP_URL).get_json()["vehicles"]
    on_map = {vehicle[0]: vehicle for vehicle in live_map}
    return {
        each["vehicle_id"]: Seen(
            (each["lat"], each["lon"]),
            tuple(
                value for name, value in each.items()
                if name not in ("vehicle_id", "lat", "lon", "rental_uris")
            ),
            tuple(on_map[each["vehicle_id"]][3:]),
            "",
            number / len(feed),
        )
        for number, each in enumerate(feed)
    }  # fmt: skip


def read_page(visitor: Visitor, seen: Seen, public_key: str) -> Seen:
    """Add what the page of a vehicle says, without its place."""
    main = visitor.get(f"/vehicles/{public_key}").text.partition("<main")[2]
    facts = main.partition('<section class="price"')[0]
    return seen._replace(page=PLACES.sub("", facts))


Guess = Callable[[Seen, Iterable[Seen]], Seen]
#: How a poller chooses among the vehicles that have vanished.
GUESSES: dict[str, Guess] = {
    "the nearest": lambda new, gone: min(gone, key=lambda old: _distance(old, new)),
    "the nearest in the order": lambda new, gone: min(gone, key=lambda old: abs(old.rank - new.rank)),
    "the same in the feed": lambda new, gone: max(gone, key=lambda old: _likeness(old.feed, new.feed)),
    "the same on the map": lambda new, gone: max(gone, key=lambda old: _likeness(old.map, new.map)),
    "the same page": lambda new, gone: max(gone, key=lambda old: old.page == new.page),
    "all of that": lambda new, gone: max(
        gone,
        key=lambda old: (
            _likeness(old.feed + old.map, new.feed + new.map) + (old.page == new.page),
            -_distance(old, new),
        ),
    ),
}  # fmt: skip


def _distance(a: Seen, b: Seen) -> float:
    return abs(a.position[0] - b.position[0]) + abs(a.position[1] - b.position[1])


def _likeness(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    return sum(x == y for x, y in zip(a, b, strict=False))


@pytest.mark.slow
def test_a_poller_links_rides_hardly_more_often_than_by_chance(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parking, "POSITION_SLACK_M", 50_000)  # rides here take no time
    random, keys = Random(7), []
    for number in range(FLEET):
        brand, color = BRANDS[number % len(BRANDS)]
        battery = round(random.triangular(20, 100, 80))
        position = 40.73 + random.gauss(0, 0.02), -73.99 + random.gauss(0, 0.02)
        keys.append(
            make_vehicle(
                brand=brand, color=color, battery_percent=battery, at=position, address="Here"
            ).key
        )
    riders = [new_browser(app).sign_in(make_user()) for _ in range(RIDERS)]
    #: What vanished with the start of each ride that is not over, by its vehicle.
    gone: dict[RowKey, Seen] = {}
    free: list[RowKey] = list(keys)
    running: list[tuple[RowKey, Visitor, str]] = []
    hits, chance, ends = dict.fromkeys(GUESSES, 0), 0.0, 0
    while ends < RIDES:
        if len(running) < RIDERS - 1:  # always many rides at once, as in a city
            key, browser = free.pop(random.randrange(len(free))), riders.pop()
            public_key = row(Vehicle, key).public_key
            gone[key] = read_page(visitor, poll(visitor)[str(public_key)], str(public_key))
            running.append((key, browser, browser.send(f"/rides/start/{public_key}").location))
            continue
        key, browser, ride = running.pop(random.randrange(len(running)))
        before = poll(visitor)
        lat, lon = 40.73 + random.gauss(0, 0.02), -73.99 + random.gauss(0, 0.02)
        end = ride.replace("/rides/", "/rides/end/")
        response = browser.send(end, address="Here", lat=str(lat), lon=str(lon))
        assert response.status_code == 303, response.text
        after = poll(visitor)
        [new_key] = set(after) - set(before)
        new = read_page(visitor, after[new_key], new_key)
        chance, ends = chance + 1 / len(gone), ends + 1
        candidates = list(gone.values())
        random.shuffle(candidates)
        for name, guess in GUESSES.items():
            hits[name] += guess(new, candidates) is gone[key]
        del gone[key]
        free.append(key)
        riders.append(browser)
    by_chance = chance / RIDES
    shares = {name: count / RIDES for name, count in hits.items()}
    record_property("success", {"by chance": by_chance, **shares})
    # Two and a half standard deviations of 200 guesses; the low batteries are known to be low.
    limit = 1.5 * by_chance + 2.5 * (by_chance * (1 - by_chance) / RIDES) ** 0.5
    assert {name: share for name, share in shares.items() if share > limit} == {}, by_chance
