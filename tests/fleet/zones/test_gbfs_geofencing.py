"""Zones of GBFS files: their rules are kept as they are, and decide where rides start and end.

Any: values of JSON, which tests also make invalid.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.fleet.commands import check_refusal
from tests.fleet.zones.conftest import ImportZones, ReadZones, WriteTypes
from tests.fleet.zones.geofencing import INSIDE, NOW, OUTSIDE, RuleAt, where_to_end, zone
from tests.fleet.zones.zone_files import (
    NEW_YORK,
    NO_PARKING_ELSEWHERE,
    feature,
    gbfs,
    rule,
    square,
    zone_columns,
)
from webapp.extensions import db
from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.models import CityZoneRules
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.geography import Point

BIKE: VehicleType = ("bicycle", "human")
SCOOTER: VehicleType = ("scooter_standing", "electric")


# --- what is stored --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "kind", "speed"),
    [
        ([rule()], "service_area", None),
        ([rule(maximum_speed_kph=12)], "service_area", 12),
        ([rule(end=False)], "no_parking", None),
        ([rule(end=False, through=False)], "no_ride", None),
        ([rule(through=False)], "service_area", None),
        ([rule(vehicle_type_ids=["a"]), rule()], "service_area", None),
        ([rule(), rule(end=False)], "service_area", None),
    ],
)
def test_a_zone_gets_the_kind_that_is_nearest_to_its_rules(
    import_zones: ImportZones, read_zones: ReadZones, rules: Any, kind: str, speed: int | None
) -> None:
    name = [{"text": "Parc", "language": "fr"}, {"text": "Park", "language": "en"}]
    import_zones(
        gbfs(feature([square()], "MultiPolygon", name=name, rules=rules), **NO_PARKING_ELSEWHERE)
    )
    (stored,) = read_zones()
    assert zone_columns(stored) == (kind, "Park", None, speed)
    assert stored.rules == rules


def test_the_folder_of_a_feed_is_imported_by_its_file_of_zones(
    import_zones: ImportZones, read_zones: ReadZones, tmp_path: Path
) -> None:
    content = json.dumps(gbfs(zone(rule()), **NO_PARKING_ELSEWHERE))
    (tmp_path / "geofencing_zones.json").write_text(content)
    import_zones(tmp_path)
    assert [stored.name for stored in read_zones()] == ["Core"]


def test_a_zone_that_allows_what_is_allowed_everywhere_is_kept(
    app: Flask, import_zones: ImportZones, read_zones: ReadZones
) -> None:
    """It may lie above a zone that forbids."""
    forbidding = zone(rule(end=False), name="Below")
    import_zones(gbfs(zone(rule()), forbidding, global_rules=[rule()]))
    assert [zone.name for zone in read_zones()] == ["Core", "Below"]
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, True]


def test_the_rules_of_a_file_can_be_given_back(
    app: Flask, import_zones: ImportZones, read_zones: ReadZones, write_types: WriteTypes
) -> None:
    write_types(b=BIKE, s=SCOOTER)
    rules = [rule(vehicle_type_ids=["s"], maximum_speed_kph=6), rule(station_parking=True)]
    elsewhere = [rule(end=False, vehicle_type_ids=["b", "s"]), rule()]
    import_zones(gbfs(zone(*rules), global_rules=elsewhere))
    assert read_zones()[0].rules == rules
    with app.app_context():
        stored = db.session.get(CityZoneRules, "new york")
        assert stored
        assert stored.rules == elsewhere
        assert stored.source == "zones.json"
        assert stored.vehicle_types == [["b", *BIKE], ["s", *SCOOTER]]


def test_the_same_file_again_changes_nothing(
    import_zones: ImportZones, write_types: WriteTypes
) -> None:
    write_types(b=BIKE)
    content = gbfs(zone(rule(vehicle_type_ids=["b"]), end="2027-01-01"), **NO_PARKING_ELSEWHERE)
    assert "1 new, 0 unchanged, 0 removed\n  new rules" in import_zones(content).output
    again = import_zones(content).output
    assert "0 new, 1 unchanged, 0 removed" in again
    assert "new rules" not in again


def test_a_change_of_the_global_rules_alone_applies_at_once(
    import_zones: ImportZones, rule_at: RuleAt
) -> None:
    import_zones(gbfs(zone(rule()), global_rules=[rule()]))
    assert rule_at(OUTSIDE).ride_start_allowed is True
    output = import_zones(gbfs(zone(rule()), global_rules=[rule(ride_start_allowed=False)])).output
    assert "0 new, 1 unchanged, 0 removed\n  new rules outside of the zones" in output
    assert rule_at(OUTSIDE).ride_start_allowed is False


def test_a_feed_replaces_the_zones_of_an_earlier_one_and_the_service_area(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(feature(name="Drawn"), "--kind", "service_area")
    import_zones(feature(square(0.02), name="Park"), "--kind", "no_ride")
    import_zones(gbfs(zone(rule(end=False), name="First")))
    import_zones(gbfs(zone(rule(maximum_speed_kph=5), name="Second")))
    assert [zone.name for zone in read_zones()] == ["Park", "Second"]


def test_without_a_zone_of_the_feed_its_rules_for_elsewhere_do_not_apply(
    app: Flask, import_zones: ImportZones
) -> None:
    import_zones(gbfs(zone(rule()), **NO_PARKING_ELSEWHERE))
    app.test_cli_runner().invoke(args=["zones", "remove", "--city", "new york"])
    assert where_to_end(app, OUTSIDE) == [True]
    import_zones(feature(), "--kind", "slow")
    assert where_to_end(app, OUTSIDE) == [True]


def test_with_add_the_vehicle_types_of_both_feeds_are_known(
    import_zones: ImportZones, write_types: WriteTypes, rule_at: RuleAt
) -> None:
    write_types(b=BIKE)
    import_zones(gbfs(zone(rule(end=False, vehicle_type_ids=["b"]))))
    write_types(s=SCOOTER)
    second = feature(square(0.02), rules=[rule(end=False, vehicle_type_ids=["s"])])
    import_zones(gbfs(second), "--add")
    assert rule_at(INSIDE, BIKE).ride_end_allowed is False
    assert rule_at(INSIDE, SCOOTER).ride_end_allowed is None


# --- where rides end -------------------------------------------------------------------------------


def test_a_ride_ends_where_a_rule_allows_it_though_none_goes_through(
    app: Flask, import_zones: ImportZones, rule_at: RuleAt
) -> None:
    import_zones(gbfs(zone(rule(through=False)), **NO_PARKING_ELSEWHERE))
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, False]
    assert rule_at(INSIDE).ride_through_allowed is False


@pytest.mark.parametrize("first", ["A", "B"])
def test_where_two_zones_of_a_feed_overlap_the_earlier_one_applies(
    app: Flask, import_zones: ImportZones, first: str
) -> None:
    a = feature(square(0, 0, 0.02), name="A", rules=[rule()])
    b = feature(square(0.01, 0, 0.02), name="B", rules=[rule(end=False)])
    import_zones(gbfs(*((a, b) if first == "A" else (b, a)), **NO_PARKING_ELSEWHERE))
    assert where_to_end(app, Point(NEW_YORK.lat + 0.01, NEW_YORK.lon + 0.015)) == [first == "A"]


def test_a_zone_drawn_by_kind_that_forbids_applies_before_those_of_a_feed(
    app: Flask, import_zones: ImportZones
) -> None:
    import_zones(gbfs(zone(rule()), **NO_PARKING_ELSEWHERE))
    import_zones(feature(square(0, 0, 0.006)), "--kind", "no_parking", "--add")
    assert where_to_end(app, INSIDE, Point(INSIDE.lat + 0.004, INSIDE.lon + 0.004)) == [False, True]


def test_a_zone_without_a_speed_limit_leaves_that_of_a_later_zone_in_force(
    import_zones: ImportZones, rule_at: RuleAt
) -> None:
    """As in the first example of overlapping polygons in GBFS 3.0."""
    a = feature(square(0, 0, 0.02), rules=[{"ride_through_allowed": True}])
    b = feature(
        square(0.01, 0, 0.02), rules=[{"ride_through_allowed": False, "maximum_speed_kph": 20}]
    )
    elsewhere = [{"ride_through_allowed": False, "maximum_speed_kph": 10}]
    import_zones(gbfs(a, b, global_rules=elsewhere))
    points = [Point(NEW_YORK.lat + 0.01, NEW_YORK.lon + east) for east in (0.005, 0.015, 0.025)]
    answers = [rule_at(point) for point in (*points, OUTSIDE)]
    assert [(r.ride_through_allowed, r.maximum_speed_kph) for r in answers] == [
        (True, 10), (True, 20), (False, 20), (False, 10)
    ]  # fmt: skip


# --- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "until"),
    [
        (1_782_907_200, NOW),
        ("1782907200", NOW),
        (1_782_907_200_000, NOW),
        ("2026-07-01T14:00:00+02:00", NOW),
        ("2026-07-01T12:00:00Z", NOW),
        ("2026-07-01T08:00:00", NOW),  # in New York
        ("2026-06-30", datetime(2026, 7, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_zone_applies_within_its_times(
    import_zones: ImportZones, read_zones: ReadZones, rule_at: RuleAt, end: Any, until: datetime
) -> None:
    import_zones(gbfs(zone(rule(end=False), start="2026-06-01", end=end)))
    (stored,) = read_zones()
    assert stored.valid_from == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert stored.valid_until == until
    second = timedelta(seconds=1)
    for moment, allowed in (
        (stored.valid_from - second, None), (stored.valid_from, False),
        (until - second, False), (until, None),
    ):  # fmt: skip
        assert rule_at(INSIDE, None, moment).ride_end_allowed is allowed


@pytest.mark.parametrize("value", ["soon", True, [], 10**30, "2026-13-40", float("inf")])
def test_a_time_that_cannot_be_read_is_named(
    import_zones: ImportZones, rule_at: RuleAt, value: Any
) -> None:
    result = import_zones(gbfs(zone(rule(end=False), end=value)))
    assert "1 has a time of end that cannot be read, and applies without it" in result.output
    assert rule_at(INSIDE).ride_end_allowed is False


def test_a_zone_that_ends_before_it_starts_never_applies(
    import_zones: ImportZones, rule_at: RuleAt
) -> None:
    result = import_zones(gbfs(zone(rule(end=False), start="2026-07-02", end="2026-06-30")))
    assert "1 ends before it starts, and never applies (Core)" in result.output
    assert rule_at(INSIDE) == Rule()


# --- what is said ----------------------------------------------------------------------------------


def test_zones_of_another_city_are_named_and_skipped(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    far = feature([square(5)], "MultiPolygon", name="far", rules=[rule()])
    result = import_zones(gbfs(zone(rule()), far, **NO_PARKING_ELSEWHERE))
    assert "1 new" in result.output
    assert "1 skipped: lies more than 100 km (62 miles) from New York (far)" in result.output
    assert [zone.name for zone in read_zones()] == ["Core"]
    check_refusal(import_zones(gbfs(far, **NO_PARKING_ELSEWHERE)), "no zone to import", "(far)")


def test_parking_at_stations_only_is_named(app: Flask, import_zones: ImportZones) -> None:
    result = import_zones(gbfs(zone(rule(station_parking=True)), **NO_PARKING_ELSEWHERE))
    assert "1 allow parking at stations only: there are none here" in result.output
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, False]


@pytest.mark.parametrize("rules", [None, [], [5], "all", [{"vehicle_type_ids": [None]}]])
def test_a_zone_without_rules_is_skipped(import_zones: ImportZones, rules: Any) -> None:
    result = import_zones(gbfs(zone(rule()), feature(name="Empty", rules=rules)))
    assert "1 skipped: has no rules, so nothing is different there (Empty)" in result.output


@pytest.mark.parametrize(
    ("value", "stored", "words"),
    [
        (None, None, ""),
        ("false", False, ""),
        (0, False, ""),
        ("perhaps", None, "has a ride_end_allowed that is neither true nor false"),
        ([], None, "has a ride_end_allowed that is neither true nor false"),
    ],
)
def test_a_permission_that_cannot_be_read_is_named(
    import_zones: ImportZones, rule_at: RuleAt, value: Any, stored: bool | None, words: str
) -> None:
    assert words in import_zones(gbfs(zone(rule(ride_end_allowed=value)))).output
    assert rule_at(INSIDE).ride_end_allowed is stored
