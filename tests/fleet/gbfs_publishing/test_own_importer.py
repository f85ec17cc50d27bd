"""Our own commands read our own feeds back: nothing that they say is lost on the way."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import PlanFactory, VehicleFactory, find_city
from tests.fleet.commands import check_result
from tests.fleet.gbfs_publishing.steps import VERSIONS, read_file
from tests.fleet.zones.areas import NO_PARKING, SERVICE, SLOW, at
from tests.fleet.zones.conftest import MakeZone
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_type_plan, plan_cache
from webapp.fleet.zones.cache import city_zones, zone_cache

Run = Callable[..., None]


@pytest.fixture
def save_feed(visitor: Visitor, tmp_path: Path) -> Callable[[str], Path]:
    """Write the files of the feed of New York into a folder, as who saves them would."""

    def save_feed(version: str) -> Path:
        data = read_file(visitor, "gbfs", version=version)["data"]
        feeds = (data["en"] if version == "v2" else data)["feeds"]
        (tmp_path / "gbfs.json").write_text(json.dumps(read_file(visitor, "gbfs", version=version)))
        for feed in feeds:
            content = visitor.get(feed["url"]).get_json()
            (tmp_path / f"{feed['name']}.json").write_text(json.dumps(content))
        return tmp_path

    return save_feed


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command on the folder of a feed, for Paris."""

    def run(*arguments: str) -> None:
        result = check_result(app.test_cli_runner().invoke(args=[*arguments, "--city", "paris"]))
        assert result.exit_code == 0, result.output

    return run


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_vehicles_come_back_as_they_were_published(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, run: Run,
    save_feed: Callable[[str], Path], version: str,
) -> None:  # fmt: skip
    make_vehicle("new york", range_m=30_000)
    make_vehicle(
        battery_percent=12, state="reserved", reserved_until=func.now() + timedelta(hours=1)
    )
    make_vehicle(form_factor="other", propulsion_type="human", state="non_operational")
    make_vehicle(form_factor="car", propulsion_type="hybrid", at=(40.751234, -73.981234))
    make_vehicle(range_m=500)
    path = "vehicle_status" if version == "v3" else "free_bike_status"
    data = read_file(visitor, path, version=version)["data"]
    published = data["vehicles" if version == "v3" else "bikes"]
    run("fleet", "import-gbfs", str(save_feed(version)), "--force")
    with app.app_context():
        query = select(Vehicle).where(Vehicle.city == "paris")
        imported = {vehicle.feed_vehicle: vehicle for vehicle in db.session.scalars(query)}
    assert len(imported) == len(published) == 5
    for each in published:
        vehicle = imported[each["vehicle_id" if version == "v3" else "bike_id"]]
        assert (vehicle.lat, vehicle.lon) == (each["lat"], each["lon"])
        assert ".".join(vehicle.vehicle_type) == each["vehicle_type_id"]
        assert (vehicle.state == "available") != (each["is_disabled"] or each["is_reserved"])
        assert vehicle.range_m == each.get("current_range_meters")
        battery = vehicle.battery_percent
        assert (None if battery is None else battery / 100) == each.get("current_fuel_percent")
        assert vehicle.feed_system == "movr_new_york"


def test_prices_come_back(
    app: Flask, make_plan: PlanFactory, run: Run, save_feed: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "nl"))
    segments = [
        {"start": 0, "rate": 15, "interval": 1, "end": 30},
        {"start": 30, "rate": 9, "interval": 2},
    ]
    make_plan(unlock_fee=100, segments=segments, currency="EUR")
    make_plan(
        form_factor="bicycle", propulsion_type="human", currency="EUR", name="Pedal",
        unlock_fee=50, labels={"de": "Pedale", "nl": "Trappen"},
    )  # fmt: skip
    run("plans", "publish", str(save_feed("v3")))
    with app.app_context():
        plan_cache().forget()
        for vehicle_type in (("bicycle", "human"), ("scooter_standing", "electric")):
            own, read = (find_type_plan(city, *vehicle_type) for city in ("new york", "paris"))
            assert own
            assert read
            assert (read.name, read.labels, read.tariff) == (own.name, own.labels, own.tariff)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_zones_come_back(
    app: Flask, make_zone: MakeZone, run: Run, save_feed: Callable[[str], Path],
    version: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of a place near New York; the feed is read for Paris, which has been moved there."""
    make_zone(SERVICE, 2_000, name="Centre")
    make_zone(SLOW, 300, max_speed_kph=10, name="Market", position=-1)
    make_zone(NO_PARKING, 100, name="Square", labels={"de": "Platz"}, position=-2)
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    with app.app_context():
        here, there = find_city("new york"), find_city("paris")
        folder = save_feed(version)
        monkeypatch.setattr(there, "lat", here.lat)
        monkeypatch.setattr(there, "lon", here.lon)
        run("zones", "import", str(folder))
        zone_cache().forget()
        labels = {zone.name: zone.labels for zone in city_zones(there).zones}
        assert labels["Square"] == ({"de": "Platz"} if version == "v3" else {})
        types = [("bicycle", "human"), ("scooter_standing", "electric")]
        for point in (at(m, m / 2, here.centre) for m in (0, 150, 500, 2_500, 10_000)):
            for each in types:
                rules: list[Any] = [
                    city_zones(city).find_rule_at(point, each) for city in (here, there)
                ]
                said = [
                    (
                        rule.ride_start_allowed is not False and rule.ride_end_allowed is not False,
                        rule.ride_end_allowed is not False or version == "v2",
                        rule.ride_through_allowed is not False,
                        rule.maximum_speed_kph,
                    )
                    for rule in rules
                ]
                assert said[0] == said[1], (point, each)
