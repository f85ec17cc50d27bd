"""The areas of each ring of a search hold its points, and no point twice."""

import math

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.regions.positions import POINTS, move_point
from webapp.fleet.queries.search_rings import SearchRings, list_ring_radii, make_search_rings
from webapp.regions.geography import Point, distance_m

RADII = st.sampled_from([50, 700, 2_000, 10_000, 50_000])
INNER = st.sampled_from([0, 40, 333, 1_900, 9_000, 30_000])
NEW_YORK = Point(40.7306, -73.9866)


def find_rings(rings: SearchRings, point: Point) -> list[int]:
    """Return the rings of the areas that hold a point, with a ring twice if two of them do."""
    return [
        area.ring
        for area in [*rings.cell_areas, *rings.row_areas]
        if area.first_cell <= point.cell <= area.last_cell
        and area.south <= point.lat <= area.north
        and area.west <= point.lon <= area.east
    ]


@given(POINTS, INNER, RADII, st.floats(0, 2 * math.pi), st.floats(0, 1.5))
@example(Point(90.0, 0.0), 0, 2_000, 0.0, 0.0)
@example(Point(89.99, 10.0), 333, 2_000, 1.0, 0.9)
@example(Point(-89.999, -30.0), 0, 10_000, 3.0, 0.7)
@example(Point(0.0, 179.999), 333, 2_000, math.pi / 2, 0.8)
@example(Point(0.0, -180.0), 0, 50_000, math.pi / 2, 0.0)
@example(Point(10.0, 20.0), 333, 2_000, 0.0, 0.5)
def test_a_point_is_in_one_area_of_each_ring_that_holds_it(
    origin: Point, inner_m: int, radius_m: int, bearing: float, part: float
) -> None:
    assume(inner_m < radius_m)
    point = move_point(origin, bearing, radius_m * part)
    rings = make_search_rings(origin, inner_m, list_ring_radii(inner_m, radius_m, 50))
    found, metres = find_rings(rings, point), distance_m(origin, point)
    assert len(found) == len(set(found))
    for ring, outer_m in enumerate(rings.radii_m):
        if inner_m <= round(metres) <= outer_m:
            assert ring in found


def test_each_ring_is_twice_as_wide_as_the_one_before_it() -> None:
    assert list_ring_radii(0, 2_000, 50) == [50, 100, 200, 400, 800, 1_600, 2_000]
    assert list_ring_radii(600, 1_000, 100) == [700, 800, 1_000]
    assert list_ring_radii(2_000, 2_000, 50) == [2_000]


def test_a_search_reads_few_areas_of_a_sparse_city() -> None:
    """All rings up to 50 km are read where there are few vehicles."""
    for radius_m, most in [(2_000, 30), (10_000, 70), (50_000, 210)]:
        rings = make_search_rings(NEW_YORK, 0, list_ring_radii(0, radius_m, 50))
        assert len(rings.cell_areas) + len(rings.row_areas) <= most, radius_m
