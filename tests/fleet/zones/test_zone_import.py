"""``flask zones``: imports zones from GeoJSON files, lists and removes them."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import read_audit_events
from tests.factories import find_city
from tests.fleet.zones.conftest import ImportZones, ReadZones
from tests.fleet.zones.zone_files import NEW_YORK, collection, feature, square, zone_columns
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.fleet.zones.cache import city_zones
from webapp.regions.catalogue import add_city
from webapp.regions.geography import Point
from webapp.regions.models import City

LOUISVILLE = Path(__file__).resolve().parents[4] / "shared/data/louisville"


def test_the_zones_of_a_file_are_imported(import_zones: ImportZones, read_zones: ReadZones) -> None:
    result = import_zones(collection(feature(name="Park"), feature(square(0.02))), "--kind", "no_parking",
                 "--name", "Somewhere", "--fee", "5.00")  # fmt: skip
    assert result.output == "Zones of zones.json in New York:\n  2 new, 0 unchanged, 0 removed\n"
    assert [zone_columns(zone) for zone in read_zones()] == [
        ("no_parking", "Park", 500, None),
        ("no_parking", "Somewhere", 500, None),
    ]


def test_the_names_of_a_zone_are_read_in_all_languages(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    """Of GBFS 3, and of OpenStreetMap."""
    listed = [{"text": "Parc", "language": "fr"}, {"text": "Park", "language": "en-GB"}]
    tagged = {"Name": "Park", "name:fr": "Parc", "name:de": "Park", "name:left": "Quay"}
    for properties in ({"name": listed}, tagged):
        result = import_zones(feature(kind="no_parking", **properties))
        assert "1 new" in result.output or "1 unchanged" in result.output
        (zone,) = read_zones()
        assert (zone.name, zone.labels) == ("Park", {"fr": "Parc"})


@pytest.mark.parametrize(
    "content",
    [feature(), feature()["geometry"], collection(feature()),
     feature([square(), square(0.02)], "MultiPolygon"), feature([[[*at, 12.5] for at in square()[0]]])],
)  # fmt: skip
def test_every_geojson_object_with_polygons_is_read(
    import_zones: ImportZones, read_zones: ReadZones, content: Any
) -> None:
    assert "1 new" in import_zones(content, "--kind", "no_ride").output
    (zone,) = read_zones()
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
    import_zones: ImportZones, read_zones: ReadZones, properties: Any, kind: str, speed: int | None
) -> None:
    import_zones(feature(**properties))
    assert [(zone.kind, zone.max_speed_kph) for zone in read_zones()] == [(kind, speed)]


@pytest.mark.parametrize(
    ("properties", "is_noted"),
    [
        ({"MaxSpeed": 10}, True),
        ({"max_speed_kph": 15}, False),
        ({"maxspeed": "10 mph"}, False),
        ({"max_speed_mph": 8}, False),
    ],
)
def test_a_speed_limit_without_a_unit_is_noted(
    import_zones: ImportZones, properties: Any, is_noted: bool
) -> None:
    output = import_zones(feature(name="Bridge", **properties)).output
    assert ("1 with a speed limit without a unit: read as km/h (Bridge)" in output) is is_noted


def test_the_option_kind_overrides_the_file(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(feature(MaxSpeed=10, name="Bridge"), "--kind", "no_ride")
    assert [zone_columns(zone) for zone in read_zones()] == [("no_ride", "Bridge", None, 10)]


def test_the_same_file_again_changes_nothing(
    app: Flask, import_zones: ImportZones, read_zones: ReadZones
) -> None:
    content = collection(feature(name="A"), feature(square(0.02), name="B"))
    import_zones(content, "--kind", "no_parking")
    before = [(zone.id, *zone_columns(zone)) for zone in read_zones()]
    second_result = import_zones(content, "--kind", "no_parking")
    assert "0 new, 2 unchanged, 0 removed" in second_result.output
    assert [(zone.id, *zone_columns(zone)) for zone in read_zones()] == before
    events = read_audit_events(app, AuditKind.ZONES_IMPORTED)
    assert [(event.subject, event.details) for event in events] == [
        ("city new york", {"new": 2, "removed": 0})
    ]


def test_a_new_file_replaces_only_zones_of_the_same_kinds(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(feature(), "--kind", "service_area")
    import_zones(
        collection(feature(name="A"), feature(square(0.02), name="B")), "--kind", "no_parking"
    )
    moved = collection(feature(name="A"), feature(square(0.03), name="B"))
    assert "1 new, 1 unchanged, 1 removed" in import_zones(moved, "--kind", "no_parking").output
    assert [zone.kind for zone in read_zones()] == ["no_parking", "no_parking", "service_area"]


def test_the_option_add_keeps_the_other_zones(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(feature(name="A"), "--kind", "no_parking")
    assert (
        "1 new"
        in import_zones(feature(square(0.02), name="B"), "--kind", "no_parking", "--add").output
    )
    assert {zone.name for zone in read_zones()} == {"A", "B"}


def test_zones_of_other_cities_are_kept(import_zones: ImportZones, read_zones: ReadZones) -> None:
    import_zones(feature(), "--kind", "no_parking")
    far = [[[-71.06, 42.36], [-71.05, 42.36], [-71.05, 42.37], [-71.06, 42.36]]]
    assert "0 removed" in import_zones(feature(far), "--kind", "no_parking", city="boston").output
    assert {zone.city for zone in read_zones()} == {"new york", "boston"}


def test_imported_zones_apply_at_once(app: Flask, import_zones: ImportZones) -> None:
    with app.app_context():
        city = find_city()
        assert not city_zones(city).has_end_rules
        import_zones(feature(), "--kind", "no_parking")
        assert (
            not city_zones(city)
            .check_parking(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.005))
            .allowed
        )


def test_forbidding_zones_apply_before_the_service_area_in_any_order_of_import(
    app: Flask, import_zones: ImportZones
) -> None:
    import_zones(feature(square(-0.1, -0.1, 0.3)), "--kind", "service_area")
    import_zones(collection(*(feature(square(n / 100)) for n in range(3))), "--kind", "no_parking")
    with app.app_context():
        check_parking = city_zones(find_city()).check_parking
        assert not check_parking(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.025)).allowed
        assert check_parking(Point(NEW_YORK.lat + 0.005, NEW_YORK.lon - 0.005)).allowed


# --- repaired and skipped features ------------------------------------------------------------


def test_a_polygon_that_crosses_itself_is_repaired_and_named(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    lon, lat = NEW_YORK.lon, NEW_YORK.lat
    bow = [[[lon, lat], [lon + 0.01, lat + 0.01], [lon + 0.01, lat], [lon, lat + 0.01], [lon, lat]]]
    result = import_zones(feature(bow, name="Bow"), "--kind", "no_parking")
    assert "1 repaired: the outline crosses itself (Bow)" in result.output
    (zone,) = read_zones()
    assert len(zone.coordinates) == 2


def test_overlapping_polygons_of_a_feature_are_joined(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(feature([square(), square(0.005)], "MultiPolygon"), "--kind", "no_parking")
    (zone,) = read_zones()
    assert [len(part) for part in zone.coordinates] == [1]


def test_features_without_an_area_are_skipped_and_named(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    point = feature([NEW_YORK.lon, NEW_YORK.lat], "Point", name="Stop")
    flat = feature([[[NEW_YORK.lon, NEW_YORK.lat]] * 4])
    result = import_zones(
        collection(point, feature(), flat, {"type": "Feature"}, 5), "--kind", "no_parking"
    )
    assert "1 new" in result.output
    assert "1 skipped: a Point is no area (Stop)" in result.output
    assert "skipped: has no area (feature 3)" in result.output
    assert "2 skipped: has no geometry (feature 4, feature 5)" in result.output
    assert len(read_zones()) == 1


# --- listing and removing ---------------------------------------------------------------------


def test_zones_are_listed(app: Flask, import_zones: ImportZones) -> None:
    import_zones(feature(name="Park"), "--kind", "no_parking", "--fee", "5")
    result = app.test_cli_runner().invoke(args=["zones", "list", "--city", "New York"])
    assert result.output == "New York: 1\n  no_parking, Park, 0.94 km², $5.00 to end a ride here.\n"
    assert "Paris: none" in app.test_cli_runner().invoke(args=["zones", "list"]).output


def test_zones_of_one_kind_or_all_are_removed(
    app: Flask, import_zones: ImportZones, read_zones: ReadZones
) -> None:
    import_zones(
        collection(feature(kind="slow"), feature(kind="no_ride"), feature(kind="no_parking"))
    )
    for options, words in ((["--kind", "slow"], "1 removed"), ([], "2 removed"), ([], "0 removed")):
        result = app.test_cli_runner().invoke(
            args=["zones", "remove", "--city", "new york", *options]
        )
        assert words in result.output
    assert not read_zones()


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
        return find_city("louisville")


def test_all_files_of_a_real_city_are_imported(
    app: Flask, import_zones: ImportZones, louisville: City, visitor: Visitor
) -> None:
    def import_file(name: str, *options: str) -> str:
        path = LOUISVILLE / f"{name}.geojson"
        return import_zones(path, *options, city="louisville").output

    assert "1 new" in import_file("municipal-boundary", "--kind", "service_area", "--name", "City")
    assert "1 new, 0 unchanged, 1 removed" in import_file(
        "operating-area", "--kind", "service_area"
    )
    assert "4 new" in import_file("no-ride-zone", "--kind", "no_ride")
    assert "6 new" in import_file("slow-ride-zone")
    assert "9 skipped: a Point is no area" in import_file("stop", "--kind", "slow")

    with app.app_context():
        zones = city_zones(louisville)
        assert len(zones.zones) == 11
        assert zones.check_parking(louisville.centre).allowed
        check = zones.check_parking(Point(38.2573, -85.7140))
        assert check.zone
        assert check.zone.name == "American Printing House for the Blind"
        assert not zones.check_parking(Point(38.6, -85.7585)).allowed
    assert len(visitor.get("/city/louisville/zones.json").data) < 100_000


def test_the_name_of_zones_is_one_line(import_zones: ImportZones, read_zones: ReadZones) -> None:
    result = import_zones(feature(), "--kind", "no_parking", "--name", "A\nB")
    assert "it is one line" in result.output
    assert read_zones() == []
