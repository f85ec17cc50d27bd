"""Places on the earth: distances, and the grid that finds what is near."""

import math
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Float, literal, select

from webapp.extensions import db
from webapp.regions.geography import (
    EARTH_RADIUS_M,
    GRID_COLUMNS,
    Place,
    Point,
    cells_within,
    distance_m,
    distance_m_column,
    is_position,
    walking_minutes,
)

POINTS = st.builds(
    Point,
    st.floats(-90, 90) | st.floats(89.5, 90) | st.floats(-90, -89.5),
    st.floats(-180, 180) | st.floats(179.9, 180) | st.floats(-180, -179.9),
)
RADII = st.sampled_from([100, 2_000, 10_000, 50_000])


def move_point(origin: Point, bearing: float, metres: float) -> Point:
    """Return the point at a distance and a bearing (radians) from ``origin``."""
    arc, lat, lon = metres / EARTH_RADIUS_M, math.radians(origin.lat), math.radians(origin.lon)
    north = math.sin(lat) * math.cos(arc) + math.cos(lat) * math.sin(arc) * math.cos(bearing)
    latitude = math.asin(max(-1.0, min(1.0, north)))
    turned = math.atan2(
        math.sin(bearing) * math.sin(arc) * math.cos(lat),
        math.cos(arc) - math.sin(lat) * math.sin(latitude),
    )
    return Point(math.degrees(latitude), (math.degrees(lon + turned) + 540) % 360 - 180)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ((52.5200, 13.4050), (48.8566, 2.3522), 877_464),  # Berlin, Paris
        ((40.7306, -73.9866), (40.7306, -73.9866), 0),
        ((0, 179.9), (0, -179.9), 22_239),  # across the date line, the short way
        ((90, 0), (90, 123), 0),  # every longitude is the same pole
        ((90, 0), (-90, 0), math.pi * EARTH_RADIUS_M),
        ((0, 0), (0, 180), math.pi * EARTH_RADIUS_M),
    ],
)
def test_known_distances_are_right(
    a: tuple[float, float], b: tuple[float, float], metres: float
) -> None:
    assert distance_m(Point(*a), Point(*b)) == pytest.approx(metres, abs=100)


@given(POINTS, POINTS)
def test_a_distance_is_the_same_in_both_directions(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a), abs=0.01)


@pytest.mark.parametrize(
    ("lat", "lon", "good"),
    [
        (90, 180, True),
        (-90, -180, True),
        (90.0001, 0, False),
        (91, 0, False),
        (0, -180.1, False),
        (float("nan"), 0, False),
        (0, float("nan"), False),
        (0, float("inf"), False),
    ],
)
def test_only_numbers_on_the_earth_are_positions(lat: float, lon: float, good: bool) -> None:
    assert is_position(lat, lon) is good


@given(POINTS)
def test_every_point_has_a_cell_of_the_grid(point: Point) -> None:
    assert 0 <= point.cell < GRID_COLUMNS * 18_000


def test_180_degrees_east_and_west_are_one_column() -> None:
    assert Point(10, 180).cell == Point(10, -180).cell


def test_cells_of_a_row_are_consecutive() -> None:
    assert Point(10.001, 20.011).cell == Point(10.001, 20.001).cell + 1


@given(POINTS, RADII, st.floats(0, 2 * math.pi), st.floats(0, 1))
@example(Point(89.95, 0.0), 2_000, math.pi / 2, 1.0)
@example(Point(-89.99, 10.0), 2_000, 3.0, 1.0)
@example(Point(0.0, 179.999), 2_000, math.pi / 2, 1.0)
def test_the_cells_around_a_point_hold_everything_within_the_radius(
    origin: Point, radius: int, bearing: float, part: float
) -> None:
    cell = move_point(origin, bearing, radius * part).cell
    assert any(first <= cell <= last for first, last in cells_within(origin, radius))


@given(POINTS, RADII)
def test_the_ranges_of_cells_are_ranges_and_do_not_overlap(origin: Point, radius: int) -> None:
    ranges = sorted(cells_within(origin, radius))
    assert all(first <= last for first, last in ranges)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))


def test_a_search_in_a_city_is_a_few_cells() -> None:
    """2 km around the middle of New York: five rows of the grid, seven columns at most."""
    ranges = list(cells_within(Point(40.7306, -73.9866), 2_000))
    assert len(ranges) <= 5
    assert sum(last - first + 1 for first, last in ranges) <= 35


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((40.7306, -73.9866), (40.7316, -73.9800)),
        ((0.0, 179.999), (0.0, -179.999)),
        ((89.99, 0.0), (89.99, 180.0)),
        ((0.0, 0.0), (0.0, 180.0)),
        ((12.5, 13.5), (12.5, 13.5)),
        ((51.5, 0.0), (51.5, 5e-324)),  # too small to be squared, or to become radians
        ((0.0, 0.1), (1e-200, 0.1)),
    ],
)
def test_the_database_measures_like_the_application(
    app: Flask, a: tuple[float, float], b: tuple[float, float]
) -> None:
    lat, lon = (literal(number, Float) for number in b)
    with app.app_context():
        metres = db.session.scalar(select(distance_m_column(lat, lon, Point(*a))))
    assert metres == round(distance_m(Point(*a), Point(*b)))


@pytest.mark.parametrize(("metres", "minutes"), [(0, 1), (80, 1), (81, 2), (800, 10)])
def test_walking_is_counted_in_whole_minutes(metres: int, minutes: int) -> None:
    assert walking_minutes(metres) == minutes


def test_a_place_may_be_words_or_a_point_or_both() -> None:
    assert Place("the station").column_values() == {
        "address": "the station",
        "lat": None,
        "lon": None,
    }
    assert Place(None, Point(1, 2)).column_values() == {"address": None, "lat": 1, "lon": 2}
