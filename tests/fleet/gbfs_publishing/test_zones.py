"""The published zones say at each point what MovR itself does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import shape

from tests.fleet.gbfs_publishing.steps import VERSIONS, find_errors, read_file
from tests.fleet.zones.areas import CENTRE, NO_PARKING, NO_RIDE, SERVICE, SLOW, at, box, new_zone
from tests.fleet.zones.conftest import MakeZone
from tests.fleet.zones.test_gbfs_evaluation import evaluate
from tests.visitor import Visitor
from webapp.fleet.gbfs_publishing import version_2, version_3
from webapp.fleet.gbfs_publishing.data import Document
from webapp.fleet.gbfs_publishing.files.geofencing_zones import describe_zones
from webapp.fleet.gbfs_publishing.versions import make_vehicle_type_id
from webapp.fleet.zones.rules import CityZones
from webapp.regions.models import City

FLAT = City(name="flat", lat=CENTRE.lat, lon=CENTRE.lon, timezone="UTC")
TYPES = [("bicycle", "human"), ("scooter_standing", "electric")]
NOW = datetime.now(UTC)
WRITERS = {"v2": version_2.write_document, "v3": version_3.write_document}

#: Rules as an import keeps them: some say nothing about some things.
allowed = st.none() | st.booleans()
rules = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "ride_start_allowed": allowed, "ride_end_allowed": allowed,
            "ride_through_allowed": allowed, "maximum_speed_kph": st.none() | st.integers(1, 30),
        },
    ),
    min_size=1, max_size=2,
)  # fmt: skip
edges = st.sampled_from([-300, -150, 0, 150, 300])
boxes = st.tuples(edges, edges, edges, edges).filter(lambda b: b[0] < b[2] and b[1] < b[3])
zones = st.builds(
    lambda kind, area, own, position, hours: new_zone(
        kind,
        box(*area),
        position=position,
        max_speed_kph=10 if kind == SLOW else None,
        rules=own,
        valid_from=None if hours is None else NOW + timedelta(hours=hours),
    ),
    st.sampled_from([SERVICE, NO_PARKING, NO_RIDE, SLOW]),
    boxes,
    st.none() | rules,
    st.integers(0, 3),
    st.sampled_from([None, None, None, -2, 2]),
)


def publish(app: Flask, city_zones: CityZones, version: str) -> Any:
    """Return the file as programs read it. Any: values of JSON."""
    with app.app_context():
        zones = describe_zones(city_zones, TYPES, NOW)
        return json.loads(WRITERS[version](Document("geofencing_zones", zones, NOW, 30)))


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(zones, max_size=5))
def test_a_reader_of_the_feed_finds_at_each_point_what_applies_there(
    app: Flask, version: str, drawn: list[Any]
) -> None:
    city_zones = CityZones(FLAT, drawn, tolerance_m=0.0)
    feed = publish(app, city_zones, version)
    polygons = [shape(each["geometry"]) for each in feed["data"]["geofencing_zones"]["features"]]
    assert all(polygon.is_valid for polygon in polygons)
    middles = (-375, -225, -75, 75, 225, 375)
    for point in (at(east, north) for east in middles for north in middles):
        inside = [polygon.contains(ShapelyPoint(point.lon, point.lat)) for polygon in polygons]
        for vehicle_type in TYPES:
            answer = evaluate(feed, inside, make_vehicle_type_id(vehicle_type), NOW)
            rule = city_zones.find_rule_at(point, vehicle_type, NOW)
            start, end = rule.ride_start_allowed is not False, rule.ride_end_allowed is not False
            if version == "v2":
                start = end = start and end
            assert answer[:3] == (start, end, rule.ride_through_allowed is not False)
            assert answer.speed == rule.maximum_speed_kph


def test_a_slow_zone_on_the_edge_of_the_service_area_has_a_part_on_each_side(app: Flask) -> None:
    """GBFS 3.0 wants each rule to say whether rides end: inside they do, outside they do not."""
    service, slow = (
        new_zone(SERVICE, box(-300, -300, 0, 300)),
        new_zone(SLOW, box(-150, -150, 150, 150), max_speed_kph=10),
    )
    feed = publish(app, CityZones(FLAT, [service, slow], 0.0), "v3")["data"]
    features = feed["geofencing_zones"]["features"]
    said = [
        (rule["ride_end_allowed"], rule.get("maximum_speed_kph"))
        for feature in features
        for rule in feature["properties"]["rules"]
    ]
    assert sorted(said, key=str) == [(False, 10), (True, 10), (True, None)]
    assert feed["global_rules"] == [
        {"ride_start_allowed": True, "ride_end_allowed": False, "ride_through_allowed": True}
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_zones_with_rules_by_type_and_times_are_valid(
    visitor: Visitor,
    make_zone: MakeZone,
    version: str,
) -> None:
    make_zone(SERVICE, 5_000, name='The "Quartier"')
    make_zone(SLOW, 6_000, max_speed_kph=6, valid_from=NOW + timedelta(days=1))
    make_zone(NO_RIDE, 100, valid_until=NOW - timedelta(days=1))
    make_zone(NO_PARKING, 300, valid_until=NOW + timedelta(days=1))
    assert find_errors(visitor, "new york", version) == []
    data = read_file(visitor, "geofencing_zones", version=version)["data"]
    features = data["geofencing_zones"]["features"]
    assert len(features) >= 4
    assert "Quartier" in str(features)


def test_global_rules_are_for_every_type(visitor: Visitor) -> None:
    for city in ("new york", "paris"):
        global_rules = read_file(visitor, "geofencing_zones", city)["data"]["global_rules"]
        assert "vehicle_type_ids" not in global_rules[-1]
