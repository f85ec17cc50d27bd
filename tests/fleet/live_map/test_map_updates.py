"""What the live map gets when it asks for changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.auth.steps import age_rows
from tests.factories import VehicleFactory
from tests.fleet.live_map.steps import MAP_URL, POSITION, get_map, get_public_keys, update_vehicle
from tests.visitor import Visitor
from webapp.db.transactions import run_transaction
from webapp.fleet.live_map import queries, services
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point


@pytest.fixture
def age_changes(app: Flask) -> Callable[[], None]:
    """Move the changes of all vehicles one minute back: they are in no update any more."""

    def age_changes() -> None:
        age_rows(app, Vehicle, "changed_at", timedelta(minutes=1))

    return age_changes


class MapClient:
    """Keeps a map up to date, as static/js/live_vehicles.js does."""

    def __init__(self, visitor: Visitor, url: str = MAP_URL) -> None:
        self.visitor = visitor
        self.url = url
        self.vehicles: dict[str, Any] = {}
        self.since: int | None = None
        self.requests = 0
        self.refresh()

    def refresh(self) -> None:
        """Request the changes; and all vehicles, when changes were missed."""
        self.requests += 1
        since = f"&since={self.since}" if self.since else ""
        content = get_map(self.visitor, f"{self.url}{since}")
        if content["full"]:
            self.vehicles = {}
        for key in content["gone"]:
            self.vehicles.pop(key, None)
        self.vehicles |= {vehicle[0]: vehicle for vehicle in content["vehicles"]}
        has_all = len(self.vehicles) == content["number"]
        self.since = content["at"] if has_all else None
        if not has_all and not content["full"]:
            self.refresh()

    @property
    def states(self) -> dict[str, str]:
        return {key: vehicle[4] for key, vehicle in self.vehicles.items()}


def test_an_update_contains_only_changed_vehicles(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, age_changes: Callable[[], None]
) -> None:
    taken, moved, gone, _ = (make_vehicle(at=POSITION) for _ in range(4))
    age_changes()
    client = MapClient(visitor)
    assert len(client.vehicles) == 4
    with app.app_context():
        update_vehicle(taken, state="on_trip")
        point = Point(40.731, -73.99)
        update_vehicle(moved, lat=point.lat, lon=point.lon, cell=point.cell)
        far = Point(40.9, -73.99)
        update_vehicle(gone, lat=far.lat, lon=far.lon, cell=far.cell)
    new = make_vehicle(at=POSITION)
    content = get_map(visitor, f"{MAP_URL}&since={client.since}")
    assert content["full"] is False
    assert {v[0] for v in content["vehicles"]} == {str(moved.public_key), str(new.public_key)}
    assert set(content["gone"]) == {str(taken.public_key), str(gone.public_key)}
    assert content["number"] == 3
    client.refresh()
    assert client.requests == 2
    assert client.vehicles.keys() == get_public_keys(visitor)
    assert client.vehicles[str(moved.public_key)][1] == 40.731


def test_a_vehicle_on_a_ride_is_named_when_the_ride_starts_and_then_no_more(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, age_changes: Callable[[], None]
) -> None:
    vehicle, _ = make_vehicle(at=POSITION), make_vehicle(at=POSITION)
    client = MapClient(visitor)
    with app.app_context():
        update_vehicle(vehicle, state="on_trip")
    url = f"{MAP_URL}&since={client.since}"
    assert get_map(visitor, url)["gone"] == [str(vehicle.public_key)]
    age_changes()
    age_rows(app, Vehicle, "state_changed_at", timedelta(minutes=1))
    with app.app_context():
        update_vehicle(vehicle, lat=40.7301)  # its tracker says so
    assert get_map(visitor, f"{url}&show=available")["gone"] == []


def test_a_vehicle_ridden_between_two_requests_is_not_shown_with_its_old_id(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, age_changes: Callable[[], None]
) -> None:
    """A ride starts and ends between two requests: the update does not name the old id as gone."""
    vehicle, _ = make_vehicle(at=POSITION), make_vehicle(at=POSITION)
    age_changes()
    client = MapClient(visitor)
    with app.app_context():
        update_vehicle(vehicle, state="on_trip")
        update_vehicle(vehicle, state="available", public_id=uuid4())
    content = get_map(visitor, f"{MAP_URL}&since={client.since}")
    assert str(vehicle.public_key) not in content["gone"]
    client.refresh()
    assert client.requests == 3
    assert str(vehicle.public_key) not in client.vehicles
    assert client.vehicles.keys() == get_public_keys(visitor)


@pytest.mark.parametrize(("show", "states"), [("available", set()), ("all", {"reserved"})])
def test_an_expired_reservation_is_part_of_the_next_update(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    age_changes: Callable[[], None],
    show: str,
    states: set[str],
) -> None:
    now = datetime.now(UTC)
    vehicle = make_vehicle(at=POSITION, state="reserved", reserved_until=now + timedelta(hours=1))
    client = MapClient(visitor, f"{MAP_URL}&show={show}")
    assert set(client.states.values()) == states
    with app.app_context():
        update_vehicle(vehicle, reserved_until=now - timedelta(seconds=1))
    age_changes()
    client.refresh()
    assert set(client.states.values()) == {"available"}
    assert client.requests == 2


@pytest.mark.slow
def test_a_request_since_an_old_time_gets_all_vehicles(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=POSITION)
    at = get_map(visitor)["at"]
    assert get_map(visitor, f"{MAP_URL}&since={at - 200}")["full"] is False
    assert get_map(visitor, f"{MAP_URL}&since={at - 400}")["full"] is True


def test_after_too_many_changes_the_map_requests_all_vehicles(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MapClient(visitor)
    for _ in range(4):
        make_vehicle(at=POSITION)
    for module in (services, queries):
        monkeypatch.setattr(module, "MAX_CHANGES", 3)
    content = get_map(visitor, f"{MAP_URL}&since={client.since}")
    assert (content["number"], content["vehicles"]) == (None, [])
    client.refresh()
    assert len(client.vehicles) == 4


#: What can happen to a vehicle between two requests.
EVENTS = ["start ride", "end ride", "whole ride", "reserve", "expire", "remove", "move", "add"]


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(st.sampled_from([*EVENTS, "refresh"]), st.integers(0, 3)), max_size=14),
    st.sampled_from(["available", "all"]),
)
def test_an_updated_map_equals_a_newly_loaded_map(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    events: list[tuple[str, int]],
    show: str,
) -> None:
    with app.app_context():
        run_transaction(lambda session: session.execute(text("DELETE FROM vehicles")))
        fleet = [make_vehicle(at=POSITION) for _ in range(4)]
        url = f"{MAP_URL}&show={show}"
        client = MapClient(visitor, url)
        for event, number in [*events, ("refresh", 0)]:
            if event == "refresh":
                client.refresh()
                assert client.states == MapClient(visitor, url).states
            elif event == "add":
                fleet.append(make_vehicle(at=POSITION))
            else:
                apply_event(event, fleet[number])


def apply_event(event: str, vehicle: Vehicle) -> None:
    now, far = datetime.now(UTC), Point(40.9, -73.99)
    if event == "whole ride":
        update_vehicle(vehicle, state="on_trip")
    changes: dict[str, dict[str, Any]] = {
        "start ride": {"state": "on_trip"},
        "end ride": {"state": "available", "public_id": uuid4()},
        "whole ride": {"state": "available", "public_id": uuid4()},
        "reserve": {"state": "reserved", "reserved_until": now + timedelta(hours=1)},
        "expire": {"state": "reserved", "reserved_until": now - timedelta(seconds=1)},
        "remove": {"state": "removed"},
        "move": {"lat": far.lat, "lon": far.lon, "cell": far.cell},
    }
    update_vehicle(vehicle, **changes[event])


def test_a_map_that_gets_too_many_vehicles_requests_all_and_receives_counts(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicle(at=POSITION)
    client = MapClient(visitor)
    for module in (services, queries):
        monkeypatch.setattr(module, "MAX_VEHICLES", 2)
    for _ in range(4):
        make_vehicle(at=POSITION)
    content = get_map(visitor, f"{MAP_URL}&since={client.since}")
    assert (content["full"], content["number"], content["vehicles"]) == (False, None, [])
    client.refresh()
    assert client.vehicles == {}
    assert sum(group[2] for group in get_map(visitor)["groups"]) == 5
