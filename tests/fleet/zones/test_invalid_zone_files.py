"""Files that are refused, with a message that names the error."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import find_city
from tests.fleet.commands import check_refusal, check_result
from tests.fleet.zones.conftest import ImportZones, ReadZones
from tests.fleet.zones.zone_files import NEW_YORK, collection, feature, gbfs, square
from webapp.fleet.zones import zone_files
from webapp.fleet.zones.cache import city_zones


def test_an_unknown_city_is_refused(import_zones: ImportZones) -> None:
    check_refusal(
        import_zones(feature(), city="atlantis"), "no city 'atlantis'", "flask cities add"
    )


def test_a_missing_file_is_refused(import_zones: ImportZones, tmp_path: Path) -> None:
    check_refusal(import_zones(tmp_path / "none.json"), "There is no file", "none.json")


@pytest.mark.parametrize("text", [b"", b"<kml/>", b"{", b"\xff\xfe{}", b"[" * 100_000])
def test_a_file_that_is_not_json_is_refused(import_zones: ImportZones, text: bytes) -> None:
    check_refusal(import_zones(text), "zones.json", "is not JSON")


@pytest.mark.parametrize(
    "content", [5, [], {}, {"type": "Topology"}, collection(), {"data": {}}, gbfs(), {"type": "FeatureCollection"}]
)  # fmt: skip
def test_a_file_that_is_not_geojson_is_refused(import_zones: ImportZones, content: Any) -> None:
    check_refusal(import_zones(content), "zones.json is not GeoJSON")


def test_a_file_without_areas_is_refused(import_zones: ImportZones) -> None:
    line = feature([[NEW_YORK.lon, NEW_YORK.lat], [0, 0]], "LineString")
    check_refusal(
        import_zones(line, "--kind", "slow"), "no zone to import", "a LineString is no area"
    )


def test_a_zone_of_unknown_kind_is_refused(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    result = import_zones(collection(feature(kind="slow"), feature(name="Park")))
    check_refusal(result, "does not say what Park is for", "--kind", "no_parking")
    assert not read_zones()


@pytest.mark.parametrize(
    ("rings", "words"),
    [
        ([[[200, 40], [201, 40], [201, 41], [200, 40]]], "outside the world"),
        ([[[583_959, 4_507_523], [583_960, 4_507_523], [583_960, 4_507_524], [583_959, 4_507_523]]],
         "outside the world"),
        ([[[at[1], at[0]] for at in square()[0]]], "latitude and longitude are swapped"),
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
    import_zones: ImportZones, read_zones: ReadZones, rings: Any, words: str
) -> None:
    result = import_zones(collection(feature(), feature(rings, name="Odd")), "--kind", "slow")
    check_refusal(result, "zones.json: Odd", words)
    assert not read_zones()


def test_a_file_without_a_zone_of_the_city_is_refused(import_zones: ImportZones) -> None:
    result = import_zones(collection(feature(square(5), name="Far")), "--kind", "slow")
    check_refusal(result, "no zone to import", "more than 100 km (62 miles) from New York (Far)")


def test_a_file_that_is_too_large_is_refused(
    import_zones: ImportZones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_files, "MAX_BYTES", 100)
    check_refusal(import_zones(feature()), "is larger than")


def test_too_many_vertices_are_refused(
    import_zones: ImportZones, read_zones: ReadZones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all outlines together: each has only five."""
    monkeypatch.setattr(zone_files, "MAX_VERTICES", 10)
    two = [feature(), feature(square(east=0.02))]
    check_refusal(
        import_zones(collection(*two, feature(square(0.04))), "--kind", "slow"),
        "more than 10 corners",
    )
    assert not read_zones()
    assert import_zones(collection(*two), "--kind", "slow").exit_code == 0


def test_a_feed_with_too_many_rules_or_vehicle_types_is_refused(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    """Where rides end is computed for each type, in the time of a page."""
    many = [{"vehicle_type_ids": [f"t{number}"]} for number in range(201)]
    check_refusal(import_zones(gbfs(feature(rules=many))), "name more than 200 vehicle types")
    global_rules = [{"ride_end_allowed": True}] * 20_000
    check_refusal(
        import_zones(gbfs(feature(rules=many[:1]), global_rules=global_rules)),
        "more than 20,000 rules",
    )
    assert not read_zones()
    assert import_zones(gbfs(feature(rules=many[:200]))).exit_code == 0


def test_too_many_zones_are_refused(import_zones: ImportZones) -> None:
    check_refusal(import_zones(collection(*[feature()] * 2001)), "more than 2000 features")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kind", "slow", "--fee", "5"), "A fee is for no_parking and no_ride"),
        (("--kind", "no_ride", "--fee", "much"), "Enter an amount like"),
        (("--kind", "no_ride", "--fee", "0.001"), "The smallest unit is"),
        (("--kind", "no_ride", "--fee", "-1"), "0 or more"),
    ],
)
def test_an_invalid_fee_is_refused(import_zones: ImportZones, options: Any, words: str) -> None:
    check_refusal(import_zones(feature(), *options), words)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
geometries = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": any_json}
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
        "geometry": geometries | outlines | any_json,
        "properties": st.dictionaries(
            st.sampled_from(["name", "type", "rules", "MaxSpeed"]), any_json
        ),
    },
)


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(odd_features | any_json, max_size=4), st.booleans())
def test_no_file_breaks_the_import_or_adds_an_empty_zone(
    app: Flask, import_zones: ImportZones, read_zones: ReadZones, features: list[Any], as_feed: bool
) -> None:
    # What an example that failed has left would let all smaller ones fail.
    app.test_cli_runner().invoke(args=["zones", "remove", "--city", "new york"])
    result = import_zones((gbfs if as_feed else collection)(*features), "--kind", "no_parking")
    assert result.exit_code in (0, 1), result.output
    with app.app_context():
        city = find_city()
        for zone in (zones := city_zones(city)).zones:
            assert zones.measure_square_km(zone) > 0
        zones.check_parking(NEW_YORK)
    check_result(app.test_cli_runner().invoke(args=["zones", "remove", "--city", "new york"]))
    assert not read_zones()


def test_an_area_too_small_to_be_drawn_is_no_zone(
    import_zones: ImportZones, read_zones: ReadZones
) -> None:
    """Of a thin sliver, hundreds of kilometres long, the measured area is an error of rounding."""
    lon, lat = NEW_YORK.lon, NEW_YORK.lat
    sliver = [[lon, lat], [lon + 8.000001, lat + 4], [lon + 2e-6, lat + 1e-6], [lon, lat]]
    dot = [[lon, lat], [lon + 2e-6, lat], [lon, lat + 2e-6], [lon, lat]]
    for ring in (dot, sliver):
        result = import_zones(collection(feature([ring]), feature(square())), "--kind", "slow")
        assert "skipped: has no area" in result.output
        assert len(read_zones()) == 1
