"""What staff draw: read, checked, and never repaired."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.zones.drawn_area_cases import DrawnArea, read_drawn_areas
from tests.fleet.zones.zone_files import NEW_YORK, collection, feature, square
from webapp.fleet.zones.drawn_areas import (
    AreaUnusable,
    area_coordinates,
    count_points,
    format_area_text,
    read_area,
)
from webapp.regions.models import City

CITY = City(
    name="new york",
    default_label="New York",
    lat=NEW_YORK.lat,
    lon=NEW_YORK.lon,
    timezone="America/New_York",
)
BOW_TIE = [[0, 0], [0.01, 0.01], [0.01, 0], [0, 0.01]]

degrees = st.floats(-0.2, 0.2).map(lambda by: round(by, 5))
rings = st.lists(st.tuples(degrees, degrees), min_size=3, max_size=8)


def near(ring: Any) -> list[list[float]]:
    """Return a closed ring, moved from the origin to New York."""
    points = [[NEW_YORK.lon + east, NEW_YORK.lat + north] for east, north in ring]
    return [*points, points[0]]


def text_of(*parts: list[list[Any]]) -> str:
    return json.dumps({"type": "MultiPolygon", "coordinates": parts})


@given(radii=st.lists(st.floats(0.001, 0.05), min_size=3, max_size=40))
def test_an_outline_without_crossings_is_stored_as_it_was_drawn(radii: list[float]) -> None:
    turn = 2 * math.pi / len(radii)
    star = [(r * math.cos(n * turn), r * math.sin(n * turn)) for n, r in enumerate(radii)]
    area = read_area(text_of([near(star)]), CITY)
    assert count_points(area) == len(radii)
    text = format_area_text(area_coordinates(area))
    assert area_coordinates(read_area(text, CITY)) == area_coordinates(area)
    drawn = shapely.Polygon(near(star))
    assert shapely.hausdorff_distance(area, drawn) < 2e-6  # a decimetre or two


@given(outline=rings, hole=rings, other=rings)
def test_what_is_accepted_is_an_area_and_all_else_is_refused_in_words(
    outline: Any, hole: Any, other: Any
) -> None:
    parts = [[near(outline), near(hole)], [near(other)]]
    with suppress(AreaUnusable):
        area = read_area(text_of(*parts), CITY)
        assert area.is_valid
        assert len(area.geoms) == 2


@given(text=st.text(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.fixed_dictionaries({"type": st.just("Polygon"), "coordinates": each}),
    max_leaves=8,
).map(json.dumps))  # fmt: skip
def test_no_text_is_more_than_refused(text: str) -> None:
    with pytest.raises(AreaUnusable):
        read_area(text, CITY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (text_of([near(BOW_TIE)]), "The outline crosses itself, or two parts overlap. Near 40.73560, -73.98160"),
        (json.dumps({"type": "Polygon", "coordinates": [[p[::-1] for p in square()[0]]]}), "swapped"),
        (text_of([[[-74, 40.7], [-73.9, 40.7]]]), "A part needs at least three points"),
        (text_of([[[-74, 140], [-73.9, 140], [-74, 141], [-74, 140]]]), "in degrees"),
        (text_of([near([(math.cos(n / 800), math.sin(n / 800)) for n in range(5_001)])]), "at most 5000 points"),
        (text_of(), "Draw the zone on the map"),
        (json.dumps(collection()), "Draw the zone on the map"),
        (json.dumps(feature(type_="LineString")), "This is not GeoJSON"),
        ("[" * 5_000, "This is not GeoJSON"),
    ],
    ids=range(9),
)  # fmt: skip
def test_each_problem_is_named(text: str, words: str) -> None:
    with pytest.raises(AreaUnusable, match=words.replace(".", r"\.")):
        read_area(text, CITY)


@pytest.mark.parametrize("case", read_drawn_areas(), ids=lambda case: case.name)
def test_the_server_says_about_each_shape_what_the_table_says(case: DrawnArea) -> None:
    """tests/browser/test_zone_editor.py asks the browser the same."""
    said = ""
    try:
        read_area(case.text, CITY)
    except AreaUnusable as problem:
        said = str(problem)
    assert said.startswith(case.words)
    assert bool(said) == bool(case.words)


def test_all_features_of_a_collection_become_parts() -> None:
    two = collection(feature(square()), feature([square(0.02)], "MultiPolygon"))
    assert len(read_area(json.dumps(two), CITY).geoms) == 2
