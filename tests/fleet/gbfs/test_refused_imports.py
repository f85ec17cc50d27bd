"""Imports that are refused as a probable mistake, and what ``--force`` changes about it."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories import find_city
from tests.fleet.commands import check_refusal
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, vehicle, write_files
from webapp.fleet.enums import VehicleState
from webapp.fleet.feeds import city_check
from webapp.fleet.feeds.city_check import skip_distant_vehicles
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.gbfs.positions import Position
from webapp.fleet.gbfs.vehicle_types import HUMAN_BICYCLE
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.regions import catalogue, geography
from webapp.regions.geography import Point

PARIS: dict[str, Any] = {"lat": 48.86, "lon": 2.35}
SYDNEY: dict[str, Any] = {"lat": -33.9, "lon": 151.2}
#: Its latitude is no latitude when it is exchanged.
TOKYO = {"name": "tokyo", "lat": 35.68, "lon": 139.77}


def numbered(count: int, prefix: str = "v", **fields: Any) -> list[dict[str, Any]]:
    return [vehicle(f"{prefix}{number}", **fields) for number in range(count)]


def states(read_vehicles: ReadVehicles) -> list[str]:
    return sorted({row.state for row in read_vehicles().values()})


# --- most of the fleet vanishes --------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(numbered(20), [], id="empty"),
        pytest.param(numbered(1), [], id="empty-after-one"),
        pytest.param(numbered(20), numbered(9), id="truncated"),
        pytest.param(numbered(20), numbered(9, "w"), id="truncated-with-other-ids"),
        pytest.param(numbered(20), numbered(20, "w", lat=None), id="others-all-unusable"),
        pytest.param(numbered(20), numbered(9) + numbered(11, "w", lat=91), id="half-unusable"),
    ],
)
def test_an_import_that_takes_most_of_a_fleet_off_the_map_needs_force(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, before: Any, after: Any
) -> None:
    import_feed(write_files(tmp_path, feed(before)))
    write_files(tmp_path, feed(after))
    check_refusal(
        import_feed(tmp_path), f"of {len(before)} vehicles of acme_nyc off the map", "--force"
    )
    assert states(read_vehicles) == ["available"]
    assert len(read_vehicles()) == len(before)
    assert "missing: the feed does not name them" in import_feed(tmp_path, "--force").output
    assert "missing" in states(read_vehicles)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(numbered(20), numbered(10), id="half"),
        pytest.param(numbered(20), numbered(20, "w"), id="all-ids-are-new"),
        pytest.param(numbered(6), numbered(1), id="few"),
        pytest.param(numbered(20), numbered(20, lat=None), id="unusable-but-still-named"),
        pytest.param([], [], id="always-empty"),
    ],
)
def test_an_import_that_keeps_enough_vehicles_needs_no_force(
    import_feed: ImportFeed, tmp_path: Path, before: Any, after: Any
) -> None:
    import_feed(write_files(tmp_path, feed(before)))
    assert import_feed(write_files(tmp_path, feed(after))).exit_code in (0, 3)


def test_the_share_of_the_fleet_that_may_vanish_is_a_setting(
    import_feed: ImportFeed, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed(numbered(20))))
    monkeypatch.setitem(app.config, "FEED_MAX_LOSS_SHARE", 0.2)
    check_refusal(import_feed(write_files(tmp_path, feed(numbered(14)))), "6 of 20 vehicles")
    monkeypatch.setitem(app.config, "FEED_MAX_LOSS", 6)
    assert import_feed(tmp_path).exit_code == 0


def test_vehicles_that_were_missing_already_are_no_loss(
    import_feed: ImportFeed, tmp_path: Path
) -> None:
    import_feed(write_files(tmp_path, feed(numbered(20))))
    import_feed(write_files(tmp_path, feed([])), "--force")
    assert import_feed(tmp_path).exit_code == 0


# --- the wrong city --------------------------------------------------------------------------


@pytest.mark.parametrize("strays", [0, 1])
def test_a_feed_of_another_city_is_refused_and_the_city_is_named(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path, strays: int
) -> None:
    write_files(tmp_path, feed(numbered(3, **PARIS) + numbered(strays, "w")))
    result = import_feed(tmp_path)
    check_refusal(
        result,
        f"3 of {3 + strays} vehicles stand more than 100 km (62 miles) from New York",
        "near Paris: --city paris",
    )
    assert not read_vehicles()
    assert import_feed(tmp_path, city="paris").exit_code == 0


def test_a_feed_that_is_near_no_city_asks_whether_the_city_is_right(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, tmp_path: Path
) -> None:
    write_files(tmp_path, feed(numbered(3, **SYDNEY)))
    check_refusal(import_feed(tmp_path), "Is it the right city?", "--force")
    assert "3 new" in import_feed(tmp_path, "--force").output
    assert read_vehicles()["v0"].lat == -33.9


# --- latitude and longitude exchanged --------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--force"]])
@pytest.mark.parametrize("city", ["new york", "paris", "tokyo"])
def test_exchanged_latitudes_and_longitudes_are_refused(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    app: Flask,
    tmp_path: Path,
    city: str,
    options: list[str],
) -> None:
    with app.app_context():
        catalogue.add_city(
            **TOKYO, label="Tokyo", region="us-east1", timezone="Asia/Tokyo", currency="JPY"
        )
        centre = find_city(city).centre
    fields: dict[str, Any] = {"lat": centre.lon, "lon": centre.lat}
    entries = [*numbered(5, **fields), vehicle("right", lat=centre.lat, lon=centre.lon)]
    result = import_feed(write_files(tmp_path, feed(entries)), *options, city=city)
    check_refusal(result, "latitude and longitude exchanged: 5 of 6 vehicles")
    assert not read_vehicles()


# --- many vehicles ---------------------------------------------------------------------------


def test_each_distance_from_the_city_is_computed_a_fixed_number_of_times(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took 112 seconds for 40,000 vehicles, half of them far."""
    calls: list[None] = []

    def count(a: Point, b: Point) -> float:
        calls.append(None)
        return geography.distance_m(a, b)

    monkeypatch.setattr(city_check, "distance_m", count)
    near, far = Point(40.73, -73.99), Point(52.5, 13.4)
    vehicles = [
        FeedVehicle(str(number), HUMAN_BICYCLE, point, VehicleState.AVAILABLE, None)
        for number, point in enumerate([near, far] * 500)
    ]
    a_feed = Feed("acme", "file", vehicles, {}, [Position(*v.point) for v in vehicles])
    with app.app_context():
        kept = skip_distant_vehicles(find_city(), a_feed)
    assert len(kept.vehicles) == 500
    assert len(calls) <= 4 * len(vehicles)
