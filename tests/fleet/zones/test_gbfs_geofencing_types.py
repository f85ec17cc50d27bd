"""Zones of GBFS files with rules for types of vehicles.

Any: values of JSON, which tests also make invalid.
"""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.fleet.zones.conftest import ImportZones, WriteTypes
from tests.fleet.zones.geofencing import INSIDE, OUTSIDE, RuleAt, where_to_end, zone
from tests.fleet.zones.zone_files import NO_PARKING_ELSEWHERE, gbfs, rule
from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.zone_rules import Rule

BIKE: VehicleType = ("bicycle", "human")
E_BIKE: VehicleType = ("bicycle", "electric_assist")
SCOOTER: VehicleType = ("scooter_standing", "electric")


def by_type(speed: int, id_: str, **more: Any) -> dict[str, Any]:
    return rule(maximum_speed_kph=speed, vehicle_type_ids=[id_], **more)


def test_each_vehicle_type_has_its_rule(
    import_zones: ImportZones, write_types: WriteTypes, rule_at: RuleAt
) -> None:
    write_types(b=BIKE, s=SCOOTER)
    zones = zone(by_type(20, "b"), by_type(6, "s", end=False))
    result = import_zones(gbfs(zones, **NO_PARKING_ELSEWHERE))
    assert "vehicle type" not in result.output
    for vehicle_type, speed, end in ((BIKE, 20, True), (SCOOTER, 6, False), (E_BIKE, None, False)):
        answer = rule_at(INSIDE, vehicle_type)
        assert (answer.maximum_speed_kph, answer.ride_end_allowed) == (speed, end)
    assert rule_at(INSIDE) == rule_at(INSIDE, SCOOTER)  # any of the two


def test_without_vehicle_types_a_zone_with_rules_for_each_type_is_kept(
    app: Flask, import_zones: ImportZones, rule_at: RuleAt
) -> None:
    zones = zone(by_type(20, "bike"), by_type(6, "scooter"))
    result = import_zones(gbfs(zones, **NO_PARKING_ELSEWHERE))
    assert "2 named as vehicle type, without vehicle_types.json beside the file" in result.output
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, False]
    assert rule_at(INSIDE, E_BIKE).maximum_speed_kph == 6


def test_without_vehicle_types_what_is_forbidden_to_one_type_is_forbidden(
    app: Flask, import_zones: ImportZones
) -> None:
    import_zones(gbfs(zone(rule(end=False, vehicle_type_ids=["scooter"]))))
    assert where_to_end(app, INSIDE, OUTSIDE) == [False, True]


def test_a_global_rule_after_one_for_a_type_is_for_the_others(
    app: Flask, import_zones: ImportZones, write_types: WriteTypes
) -> None:
    elsewhere = [rule(vehicle_type_ids=["bike"]), rule(end=False)]
    import_zones(gbfs(zone(rule()), global_rules=elsewhere))
    assert where_to_end(app, INSIDE, OUTSIDE) == [True, False]
    write_types(bike=BIKE, scooter=SCOOTER)
    import_zones(gbfs(zone(rule()), global_rules=elsewhere))
    assert where_to_end(app, INSIDE, OUTSIDE, vehicle_type=BIKE) == [True, True]
    assert where_to_end(app, INSIDE, OUTSIDE, vehicle_type=SCOOTER) == [True, False]


def test_types_of_a_feed_that_are_one_here_have_the_strictest_of_their_rules(
    import_zones: ImportZones, write_types: WriteTypes, rule_at: RuleAt
) -> None:
    write_types(old=SCOOTER, new=SCOOTER, third=SCOOTER, b=BIKE)
    result = import_zones(gbfs(zone(by_type(6, "old"), by_type(20, "new", end=False), rule())))
    assert "2 with rules of their own, but of the same type here" in result.output
    answer = rule_at(INSIDE, SCOOTER)
    assert (answer.maximum_speed_kph, answer.ride_end_allowed) == (6, False)
    assert rule_at(INSIDE, BIKE) == Rule(None, True, True, True)


def test_an_id_that_vehicle_types_does_not_have_is_named(
    import_zones: ImportZones, write_types: WriteTypes, rule_at: RuleAt
) -> None:
    write_types(b=BIKE)
    result = import_zones(gbfs(zone(rule(end=False, vehicle_type_ids=["b", "moped"]))))
    assert "1 named as vehicle type and not in vehicle_types.json" in result.output
    assert "(moped)" in result.output
    assert rule_at(INSIDE, ("moped", "electric")).ride_end_allowed is None
    assert rule_at(INSIDE, BIKE).ride_end_allowed is False


@pytest.mark.parametrize("text", ["{", "[]", '{"data": {}}', '{"data": {"vehicle_types": 5}}'])
def test_vehicle_types_that_cannot_be_read_are_named(
    import_zones: ImportZones, tmp_path: Path, text: str
) -> None:
    (tmp_path / "vehicle_types.json").write_text(text)
    assert "1 cannot be read" in import_zones(gbfs(zone(rule()))).output
