"""A feed does not change what staff have done, until it has heard of a vehicle since."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import FeedServer, feed, serve_files, vehicle, write_files
from tests.fleet.vehicle_events.steps import find_problems
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.feeds import services, writing
from webapp.fleet.feeds.writing import VehicleImportResult
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.fleet.services.edit import VehicleImported
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_actions.transfer import transfer_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.regions.geography import Place, Point
from webapp.regions.models import City

OTHERS = [vehicle(f"other{number}") for number in range(5)]


@pytest.mark.parametrize(
    ("action", "is_disabled", "state"),
    [
        ("take_out_of_service", False, "non_operational"),
        ("take_out_of_service", True, "non_operational"),
        ("mark_missing", False, "missing"),
        ("pick_up", False, "removed"),
        ("retire", False, "removed"),
    ],
)
def test_a_vehicle_stays_as_staff_left_it_whatever_its_feed_says(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    action: str,
    is_disabled: bool,
    state: str,
) -> None:
    staff = make_user(roles=["fleet"])
    import_feed(write_files(tmp_path, feed([*OTHERS, vehicle(is_disabled=is_disabled)])))
    key = read_vehicles()["v1"].key
    with app.app_context():
        act_on_vehicle(staff, key, VehicleAction(action), ActionDetails())
    for vehicles in (
        [*OTHERS, vehicle()],
        OTHERS,
        [*OTHERS, vehicle()],
        [*OTHERS, vehicle(is_disabled=True)],
        [*OTHERS, vehicle()],
    ):
        import_feed(write_files(tmp_path, feed(vehicles)))
        assert read_vehicles()["v1"].state == state
    with app.app_context():
        assert find_problems() == []


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    with serve_files() as server:
        yield server


AT_PIER, IN_FEED = (40.70, -74.01), (40.73, -73.99)
PIER = Place("Pier 7", Point(*AT_PIER))
FREE = ("available", "missing", "available", "available")
HELD = ("non_operational",) * 4
LOST, GONE = ("missing",) * 4, ("removed",) * 4


def reported(minutes: int) -> dict[str, Any]:
    """Return v1 as its feed heard of it so many minutes from now."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    return vehicle(last_reported=moment.isoformat(), current_fuel_percent=0.4)


@pytest.mark.parametrize(
    ("actions", "states", "has_place", "has_battery"),
    [
        (["take_out_of_service"], HELD, False, False),
        (["take_out_of_service", "return_to_service"], FREE, False, False),
        (["swap_battery"], FREE, False, True),
        (["move"], FREE, True, False),
        (["pick_up"], GONE, False, False),
        (["pick_up", "deploy"], FREE, True, False),
        (["mark_missing"], LOST, False, False),
        (["mark_missing", "mark_found"], HELD, True, False),
        (["change_code"], FREE, False, False),
        (["transfer"], FREE, False, False),
        (["retire"], GONE, False, False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_action_and_each_feed_after_it(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    feed_server: FeedServer,
    actions: list[str],
    states: tuple[str, ...],
    has_place: bool,
    has_battery: bool,
) -> None:
    """The same feed again, one without the vehicle, the first one again, and a newer report."""
    staff, old = make_user(roles=["fleet"]), reported(-5)
    import_feed(publish(feed_server, [*OTHERS, old]))
    imported = read_vehicles()["v1"]
    with app.app_context():
        for action in actions:
            act(staff, imported.key, action)
    left = read_vehicles()["v1"]
    feeds = ([*OTHERS, old], OTHERS, [*OTHERS, old], [*OTHERS, reported(1)])
    for number, (vehicles, state) in enumerate(zip(feeds, states, strict=True)):
        import_feed(publish(feed_server, vehicles))
        now = read_vehicles()["v1"]
        assert now.state == state
        assert (now.owner_id, now.code) == (left.owner_id, left.code)
        is_outdated = number < 3
        assert (now.lat, now.lon) == (AT_PIER if has_place and is_outdated else IN_FEED)
        assert now.address == ("Pier 7" if has_place and is_outdated else None)
        assert now.battery_percent == (100 if has_battery and is_outdated else 40)
        if number == 0:
            assert now.public_id == left.public_id
    with app.app_context():
        assert find_problems() == []


@pytest.mark.parametrize("action", ["move", "swap_battery", "take_out_of_service"])
def test_what_staff_did_is_not_written_again_by_each_import(
    app: Flask, make_user: UserFactory, import_feed: ImportFeed, read_vehicles: ReadVehicles,
    feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch, action: str,
) -> None:  # fmt: skip
    staff = make_user(roles=["fleet"])
    import_feed(publish(feed_server, [*OTHERS, reported(-5)]))
    with app.app_context():
        act(staff, read_vehicles()["v1"].key, action)
    written: list[str] = []

    def write_batch(city: City, feed: Feed, vehicles: Sequence[FeedVehicle]) -> VehicleImportResult:
        written.extend(vehicle.id for vehicle in vehicles)
        return writing.write_batch(city, feed, vehicles)

    monkeypatch.setattr(services, "write_batch", write_batch)
    import_feed(publish(feed_server, [*OTHERS, reported(-5)]))
    assert "v1" not in written
    disabled = {**reported(-5), "is_disabled": True}
    import_feed(publish(feed_server, [*OTHERS, disabled]))
    assert ("v1" in written) is (action != "take_out_of_service"), "its state is the feed's"


def publish(feed_server: FeedServer, vehicles: list[dict[str, Any]]) -> str:
    """Let the server have the feed; return its address."""
    feed_server.answers |= {f"/{name}": content for name, content in feed(vehicles).items()}
    return f"{feed_server.url}/gbfs.json"


def act(staff: User, key: RowKey, action: str) -> None:
    if action == "transfer":
        transfer_vehicle(staff, key, staff.username, ActionDetails())
    else:
        act_on_vehicle(staff, key, VehicleAction(action), ActionDetails(place=PIER))


def test_what_an_imported_vehicle_is_cannot_be_edited(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
) -> None:
    staff = make_user(roles=["fleet"])
    import_feed(write_files(tmp_path, feed([vehicle()])))
    key, details = read_vehicles()["v1"].key, ActionDetails(properties={"brand": "Tern"})
    with app.app_context(), pytest.raises(VehicleImported):
        act_on_vehicle(staff, key, VehicleAction.EDIT, details)


def test_staff_return_a_vehicle_and_its_feed_decides_again(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
) -> None:
    staff = make_user(roles=["fleet"])
    import_feed(write_files(tmp_path, feed([vehicle()])))
    key = read_vehicles()["v1"].key
    with app.app_context():
        for action in ("take_out_of_service", "return_to_service"):
            act_on_vehicle(staff, key, VehicleAction(action), ActionDetails())
    import_feed(write_files(tmp_path, feed([vehicle(is_disabled=True)])))
    assert read_vehicles()["v1"].state == "non_operational"
    import_feed(write_files(tmp_path, feed([vehicle()])))
    assert read_vehicles()["v1"].state == "available"
