"""``flask zones``: imports GeoJSON files and GBFS geofencing zones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.auth.steps import read_audit_events
from tests.databases import CITIES
from webapp.audit.enums import AuditKind
from webapp.extensions import db
from webapp.fleet.zones import zone_files
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.models import Zone
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Point
from webapp.regions.models import City

LOUISVILLE = Path(__file__).resolve().parents[4] / "shared/data/louisville"
NEW_YORK = Point(*CITIES[0][4:])


def square(east: float = 0, north: float = 0, side: float = 0.01) -> list[Any]:
    """Return the rings of a square near New York's centre, moved by so many degrees."""
    lon, lat = NEW_YORK.lon + east, NEW_YORK.lat + north
    ring = [(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side), (lon, lat)]
    return [[list(corner) for corner in ring]]


def feature(rings: Any = None, type_: str = "Polygon", **properties: Any) -> dict[str, Any]:
    geometry = {"type": type_, "coordinates": square() if rings is None else rings}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def gbfs(*features: Any, **rest: Any) -> dict[str, Any]:
    return {"version": "3.0", "data": {"geofencing_zones": collection(*features), **rest}}


def rule(end: bool = True, through: bool = True, **more: Any) -> dict[str, Any]:
    allowed = {"ride_start_allowed": True, "ride_end_allowed": end, "ride_through_allowed": through}
    return {**allowed, **more}


NOWHERE_ELSE = {"global_rules": [rule(end=False)]}


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Callable[..., Result]:
    """Import what is given, as ``zones.json``; the command may refuse, it may not break."""

    def invoke(content: Any, *options: str, city: str = "new york") -> Result:
        path = content
        if not isinstance(content, Path):
            path = tmp_path / "zones.json"
            path.write_bytes(
                content if isinstance(content, bytes) else json.dumps(content).encode()
            )
        arguments = ["zones", "import", str(path), "--city", city, *options]
        return checked(app.test_cli_runner().invoke(args=arguments))

    return invoke


def checked(result: Result) -> Result:
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Zone]]:
    """Read the zones of all cities, in the order in which they decide."""

    def read() -> list[Zone]:
        with app.app_context():
            return list(db.session.scalars(select(Zone).order_by(Zone.position, Zone.id)))

    return read


def facts(zone: Zone) -> tuple[Any, ...]:
    return zone.kind, zone.name, zone.fee, zone.max_speed_kph


def refused(result: Result, *words: str) -> None:
    """Check that the command failed with one line that holds the words."""
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1, result.output
    for word in words:
        assert word in result.output


# --- what is imported -------------------------------------------------------------------------


def test_the_zones_of_a_file_are_imported(run: Any, stored: Any) -> None:
    result = run(collection(feature(name="Park"), feature(square(0.02))), "--kind", "no_parking",
                 "--name", "Somewhere", "--fee", "5.00")  # fmt: skip
    assert result.output == "Zones of zones.json in New York:\n  2 new, 0 unchanged, 0 removed\n"
    assert [facts(zone) for zone in stored()] == [
        ("no_parking", "Park", 500, None),
        ("no_parking", "Somewhere", 500, None),
    ]


@pytest.mark.parametrize(
    "content",
    [feature(), feature()["geometry"], collection(feature()),
     feature([square(), square(0.02)], "MultiPolygon"), feature([[[*at, 12.5] for at in square()[0]]])],
)  # fmt: skip
def test_every_geojson_object_with_polygons_is_read(run: Any, stored: Any, content: Any) -> None:
    assert "1 new" in run(content, "--kind", "no_ride").output
    (zone,) = stored()
    assert all(len(at) == 2 for part in zone.coordinates for ring in part for at in ring)


@pytest.mark.parametrize(
    ("properties", "kind", "speed"),
    [
        ({"kind": "no_parking"}, "no_parking", None),
        ({"Type": "No-Parking Zone"}, "no_parking", None),
        ({"zone_type": "Service Area"}, "service_area", None),
        ({"category": "operating area"}, "service_area", None),
        ({"type": "no ride"}, "no_ride", None),
        ({"MaxSpeed": 10}, "slow", 10),
        ({"max_speed_kph": 15}, "slow", 15),
        ({"maxspeed": "10 mph"}, "slow", 16),
        ({"max_speed_mph": 8}, "slow", 13),
        ({"type": "slow", "speed_limit": "20"}, "slow", 20),
        ({"type": "slow", "speed_limit": "very"}, "slow", None),
    ],
)
def test_the_kind_of_a_zone_is_read_from_its_properties(
    run: Any, stored: Any, properties: Any, kind: str, speed: int | None
) -> None:
    run(feature(**properties))
    assert [(zone.kind, zone.max_speed_kph) for zone in stored()] == [(kind, speed)]


def test_the_option_kind_overrides_the_file(run: Any, stored: Any) -> None:
    run(feature(MaxSpeed=10, name="Bridge"), "--kind", "no_ride")
    assert [facts(zone) for zone in stored()] == [("no_ride", "Bridge", None, 10)]


def test_the_same_file_again_changes_nothing(app: Flask, run: Any, stored: Any) -> None:
    content = collection(feature(name="A"), feature(square(0.02), name="B"))
    run(content, "--kind", "no_parking")
    before = [(zone.id, *facts(zone)) for zone in stored()]
    again = run(content, "--kind", "no_parking")
    assert "0 new, 2 unchanged, 0 removed" in again.output
    assert [(zone.id, *facts(zone)) for zone in stored()] == before
    events = [event for event in read_audit_events(app) if event.kind == AuditKind.ZONES_IMPORTED]
    assert [(event.subject, event.details) for event in events] == [
        ("city new york", {"new": 2, "removed": 0})
    ]


def test_a_new_file_replaces_only_zones_of_the_same_kinds(run: Any, stored: Any) -> None:
    run(feature(), "--kind", "service_area")
    run(collection(feature(name="A"), feature(square(0.02), name="B")), "--kind", "no_parking")
    moved = collection(feature(name="A"), feature(square(0.03), name="B"))
    assert "1 new, 1 unchanged, 1 removed" in run(moved, "--kind", "no_parking").output
    assert [zone.kind for zone in stored()] == ["no_parking", "no_parking", "service_area"]


def test_the_option_add_keeps_the_other_zones(run: Any, stored: Any) -> None:
    run(feature(name="A"), "--kind", "no_parking")
    assert "1 new" in run(feature(square(0.02), name="B"), "--kind", "no_parking", "--add").output
    assert {zone.name for zone in stored()} == {"A", "B"}


def test_zones_of_other_cities_are_kept(run: Any, stored: Any) -> None:
    run(feature(), "--kind", "no_parking")
    far = [[[-71.06, 42.36], [-71.05, 42.36], [-71.05, 42.37], [-71.06, 42.36]]]
    assert "0 removed" in run(feature(far), "--kind", "no_parking", city="boston").output
    assert {zone.city for zone in stored()} == {"new york", "boston"}


def test_imported_zones_apply_at_once(app: Flask, run: Any) -> None:
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        assert not city_zones(city).has_rules
        run(feature(), "--kind", "no_parking")
        assert (
            not city_zones(city)
            .check_parking(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.005))
            .allowed
        )


def test_forbidding_zones_apply_before_the_service_area_in_any_order_of_import(
    app: Flask, run: Any
) -> None:
    run(feature(square(-0.1, -0.1, 0.3)), "--kind", "service_area")
    run(collection(*(feature(square(n / 100)) for n in range(3))), "--kind", "no_parking")
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        there = city_zones(city).check_parking
        assert not there(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.025)).allowed
        assert there(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon - 0.005)).allowed


# --- what is repaired or skipped --------------------------------------------------------------


def test_a_polygon_that_crosses_itself_is_repaired_and_named(run: Any, stored: Any) -> None:
    lon, lat = NEW_YORK.lon, NEW_YORK.lat
    bow = [[[lon, lat], [lon + 0.01, lat + 0.01], [lon + 0.01, lat], [lon, lat + 0.01], [lon, lat]]]
    result = run(feature(bow, name="Bow"), "--kind", "no_parking")
    assert "1 mended: the outline crosses itself (Bow)" in result.output
    (zone,) = stored()
    assert len(zone.coordinates) == 2


def test_overlapping_polygons_of_a_feature_are_joined(run: Any, stored: Any) -> None:
    run(feature([square(), square(0.005)], "MultiPolygon"), "--kind", "no_parking")
    (zone,) = stored()
    assert [len(part) for part in zone.coordinates] == [1]


def test_features_without_an_area_are_skipped_and_named(run: Any, stored: Any) -> None:
    point = feature([NEW_YORK.lon, NEW_YORK.lat], "Point", name="Stop")
    flat = feature([[[NEW_YORK.lon, NEW_YORK.lat]] * 4])
    result = run(collection(point, feature(), flat, {"type": "Feature"}, 5), "--kind", "no_parking")
    assert "1 new" in result.output
    assert "1 skipped: a Point is no area (Stop)" in result.output
    assert "skipped: has no area (feature 3)" in result.output
    assert "2 skipped: has no geometry (feature 4, feature 5)" in result.output
    assert len(stored()) == 1


# --- GBFS ------------------------------------------------------------------------------------


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
    run: Any, stored: Any, rules: Any, kind: str, speed: int | None
) -> None:
    name = [{"text": "Parc", "language": "fr"}, {"text": "Park", "language": "en"}]
    run(gbfs(feature([square()], "MultiPolygon", name=name, rules=rules), **NOWHERE_ELSE))
    assert [facts(zone) for zone in stored()] == [(kind, "Park", None, speed)]


def test_a_zone_that_equals_the_global_rule_is_skipped(run: Any, stored: Any) -> None:
    slow = feature(rules=[rule(maximum_speed_kph=12)], name="S")
    result = run(gbfs(slow, feature(rules=[rule()], name="X"), global_rules=[rule()]))
    assert "1 skipped: allows what is allowed everywhere (X)" in result.output
    assert [facts(zone) for zone in stored()] == [("slow", "S", None, 12)]


def test_a_feed_of_version_2_is_read(run: Any, stored: Any) -> None:
    old = {"vehicle_type_id": ["a"], "ride_allowed": False, "ride_through_allowed": True}
    run(gbfs(feature(rules=[old], name="Old")))
    assert [facts(zone) for zone in stored()] == [("no_parking", "Old", None, None)]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"rules": [rule(vehicle_type_ids=["a"]), rule(end=False)]}, "different rules"),
        ({"rules": [rule(end=False)], "end": "2026-12-31T00:00:00Z"}, "holds for a time only"),
    ],
)
def test_unsupported_zones_of_a_feed_are_skipped(run: Any, properties: Any, words: str) -> None:
    result = run(gbfs(feature(name="Kept", rules=[]), feature(**properties, name="Odd")))
    assert "1 new" in result.output
    assert words in result.output


@pytest.mark.parametrize("first", ["A", "B"])
def test_where_two_zones_of_a_feed_overlap_the_earlier_one_applies(
    app: Flask, run: Any, first: str
) -> None:
    a = feature(square(0, 0, 0.02), name="A", rules=[rule()])
    b = feature(square(0.01, 0, 0.02), name="B", rules=[rule(end=False)])
    run(gbfs(*((a, b) if first == "A" else (b, a)), **NOWHERE_ELSE))
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        both = Point(NEW_YORK.lat + 0.01, NEW_YORK.lon + 0.015)
        assert city_zones(city).check_parking(both).allowed is (first == "A")


# --- a file that cannot be read --------------------------------------------------------------


def test_an_unknown_city_is_refused(run: Any) -> None:
    refused(run(feature(), city="atlantis"), "no city 'atlantis'", "flask cities add")


def test_a_missing_file_is_refused(run: Any, tmp_path: Path) -> None:
    refused(run(tmp_path / "none.json"), "There is no file", "none.json")


@pytest.mark.parametrize("text", [b"", b"<kml/>", b"{", b"\xff\xfe{}", b"[" * 100_000])
def test_a_file_that_is_not_json_is_refused(run: Any, text: bytes) -> None:
    refused(run(text), "zones.json", "is not JSON")


@pytest.mark.parametrize(
    "content", [5, [], {}, {"type": "Topology"}, collection(), {"data": {}}, gbfs(), {"type": "FeatureCollection"}]
)  # fmt: skip
def test_a_file_that_is_not_geojson_is_refused(run: Any, content: Any) -> None:
    refused(run(content), "zones.json is no GeoJSON")


def test_a_file_without_areas_is_refused(run: Any) -> None:
    line = feature([[NEW_YORK.lon, NEW_YORK.lat], [0, 0]], "LineString")
    refused(run(line, "--kind", "slow"), "no zone to take in", "a LineString is no area")


def test_a_zone_of_unknown_kind_is_refused(run: Any, stored: Any) -> None:
    result = run(collection(feature(kind="slow"), feature(name="Park")))
    refused(result, "does not say what Park is for", "--kind", "no_parking")
    assert not stored()


@pytest.mark.parametrize(
    ("rings", "words"),
    [
        ([[[200, 40], [201, 40], [201, 41], [200, 40]]], "outside the world"),
        ([[[583_959, 4_507_523], [583_960, 4_507_523], [583_960, 4_507_524], [583_959, 4_507_523]]],
         "outside the world"),
        ([[[at[1], at[0]] for at in square()[0]]], "latitude and longitude are swapped"),
        (square(5), "more than 100 km from New York"),
        ([[[-179, 40], [179, 40], [179, 41], [-179, 41], [-179, 40]]], "180th meridian"),
        ([[[1, 2], [3, 4]]], "not drawn as GeoJSON"),
        ([[1, 2]], "not drawn as GeoJSON"),
        ([[["a", "b"]] * 4], "not drawn as GeoJSON"),
        ([[[True, False]] * 4], "not drawn as GeoJSON"),
        ([None], "not drawn as GeoJSON"),
        ([[]], "not drawn as GeoJSON"),
        ([], "not drawn as GeoJSON"),
    ],
)  # fmt: skip
def test_an_invalid_polygon_is_refused_with_the_name_of_its_zone(
    run: Any, stored: Any, rings: Any, words: str
) -> None:
    result = run(collection(feature(), feature(rings, name="Odd")), "--kind", "slow")
    refused(result, "zones.json: Odd", words)
    assert not stored()


def test_a_file_that_is_too_large_is_refused(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zone_files, "MAX_BYTES", 100)
    refused(run(feature()), "is larger than")


def test_too_many_vertices_are_refused(
    run: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all outlines together: each has only five."""
    monkeypatch.setattr(zone_files, "MAX_VERTICES", 10)
    two = [feature(), feature(square(east=0.02))]
    refused(run(collection(*two, feature(square(0.04))), "--kind", "slow"), "more than 10 corners")
    assert not stored()
    assert run(collection(*two), "--kind", "slow").exit_code == 0


def test_too_many_zones_are_refused(run: Any) -> None:
    refused(run(collection(*[feature()] * 2001)), "more than 2000 features")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kind", "slow", "--fee", "5"), "A fee is for no_parking and no_ride"),
        (("--kind", "no_ride", "--fee", "much"), "That is no amount"),
        (("--kind", "no_ride", "--fee", "0.001"), "The smallest amount is"),
        (("--kind", "no_ride", "--fee", "-1"), "0 or more"),
    ],
)
def test_an_invalid_fee_is_refused(run: Any, options: Any, words: str) -> None:
    refused(run(feature(), *options), words)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
geometries = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": anything}
)
places = st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)).map(
    lambda at: [NEW_YORK.lon + at[0], NEW_YORK.lat + at[1]]
)
outlines = st.fixed_dictionaries(
    {"type": st.just("Polygon"), "coordinates": st.lists(st.lists(places, max_size=8), max_size=3)}
)
odd_features = st.fixed_dictionaries(
    {"type": st.just("Feature")},
    optional={
        "geometry": geometries | outlines | anything,
        "properties": st.dictionaries(
            st.sampled_from(["name", "type", "rules", "MaxSpeed"]), anything
        ),
    },
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(odd_features | anything, max_size=4), st.booleans())
def test_no_file_breaks_the_import_or_adds_an_empty_zone(
    app: Flask, run: Any, stored: Any, features: list[Any], as_feed: bool
) -> None:
    result = run((gbfs if as_feed else collection)(*features), "--kind", "no_parking")
    assert result.exit_code in (0, 1), result.output
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        for zone in (zones := city_zones(city)).zones:
            assert zones.measure_square_km(zone) > 0
        zones.check_parking(NEW_YORK)
    checked(app.test_cli_runner().invoke(args=["zones", "remove", "--city", "new york"]))
    assert not stored()


# --- listing and removing ---------------------------------------------------------------------


def test_zones_are_listed(app: Flask, run: Any) -> None:
    run(feature(name="Park"), "--kind", "no_parking", "--fee", "5")
    result = app.test_cli_runner().invoke(args=["zones", "list", "--city", "New York"])
    assert result.output == "New York: 1\n  no_parking, Park, 0.94 km², $5.00 to end a ride here\n"
    assert "Paris: none" in app.test_cli_runner().invoke(args=["zones", "list"]).output


def test_zones_of_one_kind_or_all_are_removed(app: Flask, run: Any, stored: Any) -> None:
    run(collection(feature(kind="slow"), feature(kind="no_ride"), feature(kind="no_parking")))
    for options, words in ((["--kind", "slow"], "1 removed"), ([], "2 removed"), ([], "0 removed")):
        result = app.test_cli_runner().invoke(
            args=["zones", "remove", "--city", "new york", *options]
        )
        assert words in result.output
    assert not stored()


# --- a real city -----------------------------------------------------------------------------


@pytest.fixture
def louisville(app: Flask) -> City:
    if not LOUISVILLE.exists():
        pytest.skip("the geography of Louisville is not here")
    with app.app_context():
        add_city(
            name="louisville", label="Louisville", region="us-east1", currency="USD",
            timezone="America/Kentucky/Louisville", lat=38.2527, lon=-85.7585,
        )  # fmt: skip
        city = catalogue().find("louisville")
        assert city
        return city


def test_all_files_of_a_real_city_are_imported(
    app: Flask, run: Any, louisville: City, visitor: Any
) -> None:
    def take(name: str, *options: str) -> str:
        return run(LOUISVILLE / f"{name}.geojson", *options, city="louisville").output

    assert "1 new" in take("municipal-boundary", "--kind", "service_area", "--name", "City")
    assert "1 new, 0 unchanged, 1 removed" in take("operating-area", "--kind", "service_area")
    assert "4 new" in take("no-ride-zone", "--kind", "no_ride")
    assert "6 new" in take("slow-ride-zone")
    assert "9 skipped: a Point is no area" in take("stop", "--kind", "slow")

    with app.app_context():
        there = city_zones(louisville)
        assert len(there.zones) == 11
        assert there.check_parking(louisville.centre).allowed
        blind = there.check_parking(Point(38.2573, -85.7140))
        assert blind.zone
        assert blind.zone.name == "American Printing House for the Blind"
        assert not there.check_parking(Point(38.6, -85.7585)).allowed
    assert len(visitor.get("/city/louisville/zones.json").data) < 100_000
