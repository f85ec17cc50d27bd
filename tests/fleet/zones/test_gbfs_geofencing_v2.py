"""Zones of GBFS 2 files.

Any: values of JSON, which tests also make invalid.
"""

from typing import Any

import pytest
from flask import Flask

from tests.fleet.zones.conftest import ImportZones, ReadZones
from tests.fleet.zones.geofencing import INSIDE, OUTSIDE, RuleAt, where_to_end, zone
from tests.fleet.zones.zone_files import collection, feature, gbfs, rule, zone_columns
from webapp.fleet.zones.models import MAX_SPEED_KPH
from webapp.fleet.zones.zone_rules import Rule


def test_the_keys_of_version_2_are_read(import_zones: ImportZones, read_zones: ReadZones) -> None:
    old = {"vehicle_type_id": ["a"], "ride_allowed": False, "ride_through_allowed": True}
    import_zones({**gbfs(feature(rules=[old], name="Old")), "version": "2.3"})
    (stored,) = read_zones()
    assert zone_columns(stored) == ("no_parking", "Old", None, None)
    assert stored.rules == [rule(end=False, ride_start_allowed=False, vehicle_type_ids=["a"])]


def test_keys_of_both_versions_are_read_those_of_version_3_first(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    mixed = {
        "vehicle_type_ids": ["a"], "vehicle_type_id": ["b"], "ride_allowed": True,
        "ride_end_allowed": False,
    }  # fmt: skip
    import_zones(gbfs(feature(rules=[mixed])))
    assert read_zones()[0].rules == [
        {"vehicle_type_ids": ["a"], "ride_start_allowed": True, "ride_end_allowed": False}
    ]


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
@pytest.mark.parametrize("speed", [10, 10.0, "10", 10.9])
def test_a_speed_limit_of_version_2_is_no_service_area(
    app: Flask,
    import_zones: ImportZones,
    read_zones: ReadZones,
    rule_at: RuleAt,
    version: str,
    speed: Any,
) -> None:
    slow = zone({"ride_allowed": True, "ride_through_allowed": True, "maximum_speed_kph": speed})
    import_zones({**gbfs(slow), "version": version})
    assert zone_columns(read_zones()[0]) == ("slow", "Core", None, 10)
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, True]
    assert rule_at(INSIDE).maximum_speed_kph == 10
    assert rule_at(OUTSIDE) == Rule()


@pytest.mark.parametrize(
    ("speed", "stored", "words"),
    [
        (0, 0, ""),
        ("0", 0, ""),
        (None, None, ""),
        (-5, None, "no number of 0 or more"),
        (True, None, "no number of 0 or more"),
        ("fast", None, "no number of 0 or more"),
        ("NaN", None, "no number of 0 or more"),
        (float("nan"), None, "no number of 0 or more"),
        ([10], None, "no number of 0 or more"),
        (10**400, None, f"above {MAX_SPEED_KPH} km/h"),
        ("1e999", None, f"above {MAX_SPEED_KPH} km/h"),
        (1000, None, f"above {MAX_SPEED_KPH} km/h"),
    ],
)
def test_odd_speeds_restrict_nothing_else(
    app: Flask,
    import_zones: ImportZones,
    rule_at: RuleAt,
    speed: Any,
    stored: int | None,
    words: str,
) -> None:
    slow = {"ride_allowed": True, "ride_through_allowed": True, "maximum_speed_kph": speed}
    result = import_zones({**gbfs(zone(slow)), "version": "2.3"})
    assert words in result.output
    assert rule_at(INSIDE).maximum_speed_kph == stored
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, True]


@pytest.mark.parametrize("version", ["2.3", "3.0"])
def test_a_zone_that_only_allows_is_no_service_area(
    app: Flask, import_zones: ImportZones, version: str
) -> None:
    result = import_zones({**gbfs(zone(rule())), "version": version})
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, True]
    assert ("missing: nothing is restricted" in result.output) == (version == "3.0")


def test_the_list_of_collections_of_version_21_is_read(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    content = {"version": "2.1", "data": {"geofencing_zones": [collection(zone(rule(end=False)))]}}
    import_zones(content)
    assert [zone.kind for zone in read_zones()] == ["no_parking"]
