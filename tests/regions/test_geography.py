"""Places on the earth: distances, and the grid that finds what is near."""

import math

import pytest
from flask import Flask
from hypothesis import given
from sqlalchemy import Float, literal, select

from tests.regions.positions import POINTS
from webapp.extensions import db
from webapp.regions.geography import (
    EARTH_RADIUS_M,
    GRID_COLUMNS,
    Place,
    Point,
    distance_m,
    distance_m_column,
    estimate_walking_minutes,
    is_position,
)


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
    numbers = [literal(number, Float) for number in (*b, *a)]
    with app.app_context():
        metres = db.session.scalar(select(distance_m_column(*numbers)))
    assert metres == round(distance_m(Point(*a), Point(*b)))


@pytest.mark.parametrize(("metres", "minutes"), [(0, 1), (80, 1), (81, 2), (800, 10)])
def test_walking_is_counted_in_whole_minutes(metres: int, minutes: int) -> None:
    assert estimate_walking_minutes(metres) == minutes


def test_a_place_may_be_words_or_a_point_or_both() -> None:
    assert Place("the station").column_values() == {
        "address": "the station",
        "lat": None,
        "lon": None,
    }
    assert Place(None, Point(1, 2)).column_values() == {"address": None, "lat": 1, "lon": 2}
