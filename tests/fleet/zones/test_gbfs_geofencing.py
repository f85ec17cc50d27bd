"""Zones of GBFS files: their rules determine the kind."""

from typing import Any

import pytest
from flask import Flask

from tests.factories import find_city
from tests.fleet.zones.conftest import ImportZones, ReadZones
from tests.fleet.zones.zone_files import (
    NEW_YORK,
    NO_PARKING_ELSEWHERE,
    feature,
    gbfs,
    rule,
    square,
    zone_columns,
)
from webapp.fleet.zones.cache import city_zones
from webapp.regions.geography import Point


@pytest.mark.parametrize(
    ("rules", "kind", "speed"),
    [
        ([rule()], "service_area", None),
        ([rule(maximum_speed_kph=12)], "service_area", 12),
        ([], "service_area", None),
        ([rule(end=False)], "no_parking", None),
        ([rule(end=False, through=False)], "no_ride", None),
        ([rule(vehicle_type_ids=["a"]), rule()], "service_area", None),
        ([rule(), rule(end=False)], "service_area", None),
    ],
)
def test_the_rules_of_a_feed_determine_the_kind(
    import_zones: ImportZones, read_zones: ReadZones, rules: Any, kind: str, speed: int | None
) -> None:
    name = [{"text": "Parc", "language": "fr"}, {"text": "Park", "language": "en"}]
    import_zones(
        gbfs(feature([square()], "MultiPolygon", name=name, rules=rules), **NO_PARKING_ELSEWHERE)
    )
    assert [zone_columns(zone) for zone in read_zones()] == [(kind, "Park", None, speed)]


def test_a_zone_that_equals_the_global_rule_is_skipped(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    slow = feature(rules=[rule(maximum_speed_kph=12)], name="S")
    result = import_zones(gbfs(slow, feature(rules=[rule()], name="X"), global_rules=[rule()]))
    assert "1 skipped: allows what is allowed everywhere (X)" in result.output
    assert [zone_columns(zone) for zone in read_zones()] == [("slow", "S", None, 12)]


def test_a_feed_of_version_2_is_read(import_zones: ImportZones, read_zones: ReadZones) -> None:
    old = {"vehicle_type_id": ["a"], "ride_allowed": False, "ride_through_allowed": True}
    import_zones(gbfs(feature(rules=[old], name="Old")))
    assert [zone_columns(zone) for zone in read_zones()] == [("no_parking", "Old", None, None)]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"rules": [rule(vehicle_type_ids=["a"]), rule(end=False)]}, "different rules"),
        ({"rules": [rule(end=False)], "end": "2026-12-31T00:00:00Z"}, "holds for a time only"),
    ],
)
def test_unsupported_zones_of_a_feed_are_skipped(
    import_zones: ImportZones, properties: Any, words: str
) -> None:
    result = import_zones(gbfs(feature(name="Kept", rules=[]), feature(**properties, name="Odd")))
    assert "1 new" in result.output
    assert words in result.output


@pytest.mark.parametrize("first", ["A", "B"])
def test_where_two_zones_of_a_feed_overlap_the_earlier_one_applies(
    app: Flask, import_zones: ImportZones, first: str
) -> None:
    a = feature(square(0, 0, 0.02), name="A", rules=[rule()])
    b = feature(square(0.01, 0, 0.02), name="B", rules=[rule(end=False)])
    import_zones(gbfs(*((a, b) if first == "A" else (b, a)), **NO_PARKING_ELSEWHERE))
    with app.app_context():
        city = find_city()
        point = Point(NEW_YORK.lat + 0.01, NEW_YORK.lon + 0.015)
        assert city_zones(city).check_parking(point).allowed is (first == "A")
