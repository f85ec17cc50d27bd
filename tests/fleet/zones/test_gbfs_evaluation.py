"""What applies at a point, compared with an evaluator of the GBFS text written for this test.

It works on the JSON of a feed alone: version 3.0, "Geofencing Rule Precedence", and 2.3, ``rules``.
Any: values of JSON.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet.zones.areas import CENTRE, at, box
from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.feed_zones import VEHICLE_TYPES_FILE
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.services import ZoneImportOptions, city_rules_row, zone_rows
from webapp.fleet.zones.zone_files import read_zone_file
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.models import City

#: The mappers of SQLAlchemy need all models.
pytestmark = pytest.mark.usefixtures("app")

TYPES: dict[str, VehicleType] = {
    "bike": ("bicycle", "human"),
    "e-bike": ("bicycle", "electric_assist"),
    "scooter": ("scooter_standing", "electric"),
}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MOMENTS = [NOON + timedelta(hours=hours) for hours in (-2, 0, 2)]
TIMES = [NOON + timedelta(hours=hours) for hours in (-3, -1, 1, 3)]


class Answer(NamedTuple):
    start: bool
    end: bool
    through: bool
    speed: int | None
    stations_only: bool


# --- the specification -------------------------------------------------------------------------


def evaluate(feed: Any, inside: list[bool], type_id: str, moment: datetime) -> Answer:
    """Return what a feed says to a type of vehicle at a point.

    inside: for each feature, whether the point is in its polygon.
    """
    is_version_2 = feed["version"].startswith("2")
    rules = list(rules_in_order(feed, inside, type_id, moment))

    def first(*keys: str, otherwise: Any) -> Any:
        return next((r[key] for r in rules for key in keys if r.get(key) is not None), otherwise)

    return Answer(
        first("ride_allowed" if is_version_2 else "ride_start_allowed", otherwise=True),
        first("ride_allowed" if is_version_2 else "ride_end_allowed", otherwise=True),
        first("ride_through_allowed", otherwise=True),
        first("maximum_speed_kph", otherwise=None),
        first("station_parking", otherwise=False),
    )


def rules_in_order(
    feed: Any, inside: list[bool], type_id: str, moment: datetime
) -> Iterator[Mapping[str, Any]]:
    """Yield the rules that apply: those of earlier polygons first, then the global ones."""
    lists = [
        feature["properties"].get("rules") or []
        for feature, is_inside in zip(
            feed["data"]["geofencing_zones"]["features"], inside, strict=True
        )
        if is_inside and is_active(feature["properties"], moment)
    ]
    for rules in (*lists, feed["data"].get("global_rules") or []):
        for rule in rules:
            ids = rule.get("vehicle_type_ids", rule.get("vehicle_type_id"))
            if ids is None or type_id in ids:
                yield rule


def is_active(properties: Mapping[str, Any], moment: datetime) -> bool:
    start, end = read_time(properties.get("start")), read_time(properties.get("end"))
    return (start is None or start <= moment) and (end is None or moment < end)


def read_time(value: Any) -> datetime | None:
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return None if value is None else datetime.fromisoformat(value)


# --- random feeds ------------------------------------------------------------------------------

booleans = st.booleans()
type_ids = st.none() | st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=3, unique=True)
speeds = st.none() | st.integers(0, 30)


@st.composite
def rules(draw: st.DrawFn, version: str) -> dict[str, Any]:
    is_version_2 = version.startswith("2")
    rule: dict[str, Any] = {"ride_through_allowed": draw(booleans)}
    for key in ["ride_allowed"] if is_version_2 else ["ride_start_allowed", "ride_end_allowed"]:
        rule[key] = draw(booleans)
    optional = {
        "vehicle_type_id" if is_version_2 else "vehicle_type_ids": draw(type_ids),
        "maximum_speed_kph": draw(speeds),
        "station_parking": draw(st.none() | booleans),
    }
    return {**rule, **{key: value for key, value in optional.items() if value is not None}}


@st.composite
def features(draw: st.DrawFn, version: str) -> dict[str, Any]:
    west, south = draw(st.integers(0, 5)) * 1000, draw(st.integers(0, 5)) * 1000
    width, height = draw(st.integers(1, 5)) * 1000, draw(st.integers(1, 5)) * 1000
    ring = box(west, south, west + width, south + height)
    properties: dict[str, Any] = {"rules": draw(st.lists(rules(version), min_size=1, max_size=3))}
    for key in ("start", "end"):
        if time := draw(st.none() | st.sampled_from(TIMES)):
            is_posix = version.startswith("2")
            properties[key] = int(time.timestamp()) if is_posix else time.isoformat()
    geometry = {"type": "MultiPolygon", "coordinates": [[ring]]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@st.composite
def feeds(draw: st.DrawFn) -> dict[str, Any]:
    version = draw(st.sampled_from(["2.3", "3.0"]))
    collection = {
        "type": "FeatureCollection",
        "features": draw(st.lists(features(version), min_size=1, max_size=5)),
    }
    data: dict[str, Any] = {"geofencing_zones": collection}
    if version == "3.0":
        data["global_rules"] = draw(st.lists(rules(version), max_size=4))
    return {"version": version, "data": data}


#: Between the edges of the zones, which are at whole kilometres.
points = st.tuples(st.integers(-1, 10), st.integers(-1, 10)).map(
    lambda cell: (cell[0] * 1000 + 500, cell[1] * 1000 + 500)
)


def is_inside(feature: Any, east: float, north: float) -> bool:
    point = at(east, north)
    ring = feature["geometry"]["coordinates"][0][0]
    lons, lats = zip(*ring, strict=True)
    return bool(min(lons) < point.lon < max(lons) and min(lats) < point.lat < max(lats))


# --- ours --------------------------------------------------------------------------------------


def import_feed(feed: Any, folder: Path, with_types: bool) -> CityZones:
    """Return the zones as they are after an import, read from what would be stored."""
    city = City(
        name="flat", default_label="Flat", lat=CENTRE.lat, lon=CENTRE.lon, timezone="Africa/Abidjan"
    )
    write_json(folder / "zones.json", feed)
    types_file = folder / VEHICLE_TYPES_FILE
    types_file.unlink(missing_ok=True)
    if with_types:
        listed = [
            {"vehicle_type_id": id_, "form_factor": form_factor, "propulsion_type": propulsion}
            for id_, (form_factor, propulsion) in TYPES.items()
        ]
        write_json(types_file, {"data": {"vehicle_types": listed}})
    zone_file = read_zone_file(folder / "zones.json", city)
    zones = [Zone(**row) for row in zone_rows(city, zone_file, ZoneImportOptions())]
    assert zone_file.feed_rules
    row = city_rules_row(city, zone_file.source, zone_file.feed_rules)
    return CityZones(city, zones, 0, CityZoneRules(**row))


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


def answer_of(rule: Rule) -> Answer:
    return Answer(
        rule.ride_start_allowed is not False,
        rule.ride_end_allowed is not False,
        rule.ride_through_allowed is not False,
        rule.maximum_speed_kph,
        rule.station_parking is True,
    )


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(feeds(), st.lists(points, min_size=1, max_size=6), st.sampled_from(MOMENTS))
def test_each_type_may_do_at_each_point_what_the_feed_says(
    tmp_path: Path, feed: Any, places: list[tuple[int, int]], moment: datetime
) -> None:
    zones = import_feed(feed, tmp_path, with_types=True)
    for east, north in places:
        inside = [is_inside(f, east, north) for f in feed["data"]["geofencing_zones"]["features"]]
        point = at(east, north)
        for id_, vehicle_type in TYPES.items():
            expected = evaluate(feed, inside, id_, moment)
            assert answer_of(zones.find_rule_at(point, vehicle_type, moment)) == expected
            assert zones.allows_start(point, vehicle_type, moment) == expected.start
            check = zones.check_parking(point, vehicle_type, moment)
            assert check.allowed == expected.end
            if check.nearest:
                again = zones.find_rule_at(check.nearest, vehicle_type, moment)
                assert again.ride_end_allowed is not False


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(feeds(), points, st.sampled_from(MOMENTS))
def test_without_vehicle_types_nothing_is_allowed_that_is_forbidden_to_a_named_type(
    tmp_path: Path, feed: Any, place: tuple[int, int], moment: datetime
) -> None:
    zones = import_feed(feed, tmp_path, with_types=False)
    inside = [is_inside(f, *place) for f in feed["data"]["geofencing_zones"]["features"]]
    ours = answer_of(zones.find_rule_at(at(*place), TYPES["bike"], moment))
    for id_ in zones.feed_types.named:
        expected = evaluate(feed, inside, id_, moment)
        assert ours.start <= expected.start
        assert ours.end <= expected.end
        assert ours.through <= expected.through
        assert expected.speed is None or (ours.speed is not None and ours.speed <= expected.speed)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(feeds(), points, st.sampled_from(MOMENTS))
def test_what_is_stored_is_enough_to_give_the_feed_back(
    tmp_path: Path, feed: Any, place: tuple[int, int], moment: datetime
) -> None:
    """As version 3.0, from the rows alone."""
    zones = import_feed(feed, tmp_path, with_types=True)
    assert zones.city_rules
    given_back: Any = {
        "version": "3.0",
        "data": {
            "geofencing_zones": {
                "type": "FeatureCollection",
                "features": [
                    {
                        "geometry": {"type": "MultiPolygon", "coordinates": zone.coordinates},
                        "properties": {
                            "rules": zone.rules,
                            "start": zone.valid_from and zone.valid_from.isoformat(),
                            "end": zone.valid_until and zone.valid_until.isoformat(),
                        },
                    }
                    for zone in zones.zones
                ],
            },
            "global_rules": zones.city_rules.rules,
        },
    }
    for id_ in (*TYPES, "another"):
        answers = []
        for each in (feed, given_back):
            inside = [is_inside(f, *place) for f in each["data"]["geofencing_zones"]["features"]]
            answers.append(evaluate(each, inside, id_, moment))
        assert answers[0] == answers[1]
