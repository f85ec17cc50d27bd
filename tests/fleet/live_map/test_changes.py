"""Programs that watch the available vehicles of a city get the changes as server-sent events."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.factories import VehicleFactory, find_city
from tests.fleet.live_map.steps import update_vehicle
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.live_map import changes as live_map_changes
from webapp.fleet.live_map.api import HEARTBEAT_S, write_events
from webapp.fleet.live_map.changes import CityChanges, Watchers
from webapp.web.health import readiness

URL = "/api/v1/cities/new%20york/vehicles/changes"
LIST_URL = "/api/v1/cities/new%20york/vehicles"


class Event(NamedTuple):
    name: str
    id: int
    data: dict[str, Any]


def parse_events(stream: bytes) -> list[Event]:
    """Return the events of a stream (HTML standard, 9.2)."""
    events = []
    for block in stream.decode().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if "event" in fields:
            events.append(Event(fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return events


@pytest.fixture
def watchers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Watchers:
    """Those of the application, who watch nothing yet. Their clock stands; each look is due."""
    watchers = Watchers(max_watchers=2, max_by_address=2, poll_s=0.0)
    watchers.clock = lambda: 1_000.0
    monkeypatch.setitem(app.extensions, "movr_watchers", watchers)
    return watchers


@pytest.fixture
def changes(watchers: Watchers, app_context: None) -> CityChanges:
    """The changes of New York, read once."""
    changes = watchers.find(find_city("new york"))
    watchers.read_if_due(changes)
    return changes


@pytest.fixture
def read(watchers: Watchers, changes: CityChanges) -> Callable[[], dict[str, Any]]:
    """Read what has changed since the last call."""
    since = changes.at

    def read_next() -> dict[str, Any]:
        nonlocal since
        watchers.read_if_due(changes)
        differences = changes.wait(since, 0)
        since = changes.at
        return json.loads(differences[-1].content) if differences else {}

    return read_next


@pytest.fixture
def in_list(app: Flask, visitor: Visitor) -> Callable[[], dict[str, dict[str, Any]]]:
    """Return what everybody sees in the list, with the members of an event, by id."""

    def read_list() -> dict[str, dict[str, Any]]:
        members = ("id", "form_factor", "propulsion_type", "position", "range_m")
        vehicles = visitor.get(LIST_URL).get_json()
        return {each["id"]: {name: each[name] for name in members} for each in vehicles}

    return read_list


def test_events_say_what_differs_between_two_looks_at_the_list_and_nothing_besides(
    make_vehicle: VehicleFactory, read: Callable[..., Any], in_list: Callable[..., Any]
) -> None:
    """So they help nobody to follow a vehicle over a ride more than polling does."""
    one, other, third = (make_vehicle(battery_percent=61) for _ in range(3))
    assert set(in_list()) == {each["id"] for each in read()["changed"]}
    steps: list[Callable[[], object]] = [
        lambda: update_vehicle(one, state="on_trip"),
        lambda: update_vehicle(one, lat=40.71),  # its tracker goes on
        lambda: update_vehicle(one, state="available", public_id=uuid4(), battery_percent=55),
        lambda: update_vehicle(other, battery_percent=60),  # the same step
        lambda: update_vehicle(other, battery_percent=5),
        lambda: update_vehicle(third, public_id=uuid4(), lat=40.72),  # a ride between two looks
        lambda: update_vehicle(other, state="reserved", reserved_until=text("now() + '1h'")),
        lambda: update_vehicle(other, reserved_until=text("now()")),
        lambda: update_vehicle(third, state="removed"),
        lambda: make_vehicle(),
    ]
    silent = []
    for number, step in enumerate(steps):
        before = in_list()
        step()
        after, event = in_list(), read()
        changed = sorted(
            (new for id, new in after.items() if before.get(id) != new), key=lambda each: each["id"]
        )
        removed = sorted(before.keys() - after.keys())
        if changed or removed:
            assert event == {"changed": changed, "removed": removed}, number
        else:
            assert event == {}
            silent.append(number)
    assert silent == [1, 3]


def test_a_vehicle_that_has_left_the_city_is_noticed_when_all_are_read_again(
    make_vehicle: VehicleFactory, read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = make_vehicle()
    read()
    with db.engines["write"].begin() as connection:
        connection.execute(text("UPDATE vehicles SET city = 'boston'"))
    assert read() == {}
    monkeypatch.setattr(live_map_changes, "READ_ALL_AFTER", -live_map_changes.READ_ALL_AFTER)
    assert read() == {"changed": [], "removed": [str(vehicle.public_key)]}


def test_with_very_many_changes_all_vehicles_are_read_and_watchers_too(
    make_vehicle: VehicleFactory,
    changes: CityChanges,
    read: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_map_changes, "MAX_CHANGED_ROWS", 1)
    begin = changes.at
    vehicles = [make_vehicle() for _ in range(3)]
    assert len(read()["changed"]) == len(vehicles)
    assert changes.covers(begin)
    monkeypatch.setattr(live_map_changes, "MAX_VEHICLES", 2)
    for vehicle in vehicles:
        update_vehicle(vehicle, state="removed")
    assert read() == {}
    assert not changes.covers(begin)
    assert changes.covers(changes.at)


def test_a_stream_begins_with_a_reset_and_goes_on_where_a_client_was(
    visitor: Visitor, watchers: Watchers, make_vehicle: VehicleFactory
) -> None:
    response = visitor.get(URL)
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.text.startswith("retry: ")
    (reset,) = parse_events(response.data)
    assert (reset.name, reset.data) == ("reset", {})
    vehicle = make_vehicle()
    (event,) = parse_events(visitor.get(URL, headers={"Last-Event-ID": str(reset.id)}).data)
    assert event.name == "changes"
    assert event.data["changed"][0]["id"] == str(vehicle.public_key)
    assert parse_events(visitor.get(URL, headers={"Last-Event-ID": str(event.id)}).data) == []
    for unknown in ("1", "x", str(10**15)):
        events = parse_events(visitor.get(URL, headers={"Last-Event-ID": unknown}).data)
        assert events[0].name == "reset"
        assert [each.id for each in events[1:]] == [event.id], "a list may be older than the reset"
    assert watchers.count == 0


def test_a_stream_says_that_it_lives_and_ends_with_its_time_or_the_server(
    app: Flask, watchers: Watchers, changes: CityChanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = count(1_000)
    watchers.clock = lambda: float(next(ticks))
    monkeypatch.setattr(changes, "wait", lambda *_: [])
    monkeypatch.setitem(app.config, "EVENT_STREAM_S", 300.0)

    def stream() -> Iterator[bytes]:
        return write_events(app, watchers, changes, changes.at)

    sent = list(stream())
    assert set(sent[1:]) == {b":\n\n"}
    assert len(sent) - 1 <= 300 / HEARTBEAT_S
    monkeypatch.setattr(readiness(app), "is_stopping", lambda: True)
    assert len(list(stream())) == 1


def test_a_process_has_room_for_some_and_tells_others_to_poll(
    visitor: Visitor, watchers: Watchers
) -> None:
    streams = [visitor.get(URL, buffered=False) for _ in range(2)]
    assert watchers.count == 2
    refused = visitor.get(URL)
    assert refused.status_code == 503
    assert refused.get_json()["type"].endswith("/problems/too-many-watchers")
    assert int(refused.headers["Retry-After"]) > 0
    streams[0].close()
    assert visitor.get(URL).status_code == 200
    visitor.head(URL).close()
    streams[1].close()
    assert watchers.count == 0


def test_while_the_server_stops_nobody_begins_to_watch(
    app: Flask, visitor: Visitor, watchers: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness(app), "is_stopping", lambda: True)
    assert visitor.get(URL).status_code == 503
    assert watchers.count == 0


def test_all_who_watch_a_city_share_one_look_at_the_database(
    visitor: Visitor, watchers: Watchers, round_trips: Callable[[], int]
) -> None:
    watchers.poll_s = 3.0
    round_trips()
    for _ in range(5):
        assert visitor.get(URL).text
    assert round_trips() == 1
    watchers.clock = lambda: 1_003.0
    for _ in range(5):
        assert visitor.get(URL).text
    assert round_trips() == 1


def test_a_city_that_nobody_watches_is_forgotten(watchers: Watchers, changes: CityChanges) -> None:
    assert watchers.find(find_city("new york")) is changes
    watchers.clock = lambda: 1_001.0 + live_map_changes.FORGET_AFTER_S
    assert watchers.find(find_city("new york")) is not changes


def test_a_stream_goes_on_while_the_database_does_not_answer(
    app: Flask, watchers: Watchers, changes: CityChanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise PoolTimeout

    monkeypatch.setattr(changes, "read", fail)
    assert len(list(write_events(app, watchers, changes, changes.at))) == 1


def test_an_address_takes_only_its_part_of_the_room() -> None:
    watchers = Watchers(max_watchers=3, max_by_address=2, poll_s=0.0)
    assert [watchers.enter("203.0.113.7") for _ in range(3)] == [True, True, False]
    assert [watchers.enter("203.0.113.8") for _ in range(2)] == [True, False]
    watchers.leave("203.0.113.7")
    assert watchers.enter("203.0.113.7")
    assert watchers.count == 3
