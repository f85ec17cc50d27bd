"""The rings in which a search around a point goes outward, and the cells that each of them reads.

Each ring is twice as wide as the one before it: a full page is found in a ring that holds few times
as many vehicles, however dense a city is. A ring is cut into slices from one latitude to another,
each in one row of the grid; a slice is one area, or one on each side of what is inside of the ring.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import asin, ceil, cos, degrees, inf, nextafter, radians, sin, sqrt
from typing import NamedTuple

from webapp.regions.geography import (
    CELL_DEGREES,
    EARTH_RADIUS_M,
    METRES_PER_DEGREE,
    Point,
    cells_between,
    grid_row,
)

#: Slices overlap so far across the lines of the grid.
OVERLAP_DEGREES = 1e-9
#: An area of at most so many cells is read cell by cell, which needs fewer entries of the index.
MAX_CELL_AREAS = 3
#: The slices of a narrow ring are so high, as a part of its radius. As high as the ring is wide
#: would be too many.
SLICE_PART = 1 / 32


class Area(NamedTuple):
    """A part of a ring: the part in a box of consecutive cells of one row."""

    ring: int
    #: Where the ring ends.
    radius_m: int
    first_cell: int
    last_cell: int
    south: float
    north: float
    west: float
    east: float


@dataclass
class SearchRings:
    """The rings of a search, by number. Each one holds those before it."""

    radii_m: list[int]
    #: Areas of one cell.
    cell_areas: list[Area] = field(default_factory=list)
    #: Areas of several cells of a row of the grid.
    row_areas: list[Area] = field(default_factory=list)


def make_search_rings(origin: Point, inner_m: int, radii_m: list[int]) -> SearchRings:
    """Return rings around a point from ``inner_m`` to each of the radii.

    The areas of a ring have no point in common. They hold the ring, and some points around it.
    """
    rings = SearchRings(radii_m)
    for ring, outer_m in enumerate(radii_m):
        slices = list(_list_slices(origin, inner_m, outer_m))
        # The whole circle as one box: what is in its corners costs less than its shape.
        whole = (
            []
            if inner_m
            else list(_list_longitudes(origin, 0, outer_m, slices[0][0], slices[-1][1]))
        )
        for south, north in slices:
            for west, east in whole or _list_longitudes(origin, inner_m, outer_m, south, north):
                bounds, middle = (south, north, west, east), (south + north) / 2
                for first, last in cells_between(Point(middle, west), Point(middle, east)):
                    if last - first < MAX_CELL_AREAS:
                        cells = range(first, last + 1)
                        rings.cell_areas += [Area(ring, outer_m, c, c, *bounds) for c in cells]
                    else:
                        rings.row_areas.append(Area(ring, outer_m, first, last, *bounds))
    return rings


def list_ring_radii(inner_m: int, radius_m: int, width_m: int) -> list[int]:
    """Return the outer radii of rings from ``inner_m`` to ``radius_m``; the first is ``width_m``
    wide."""
    radii_m = []
    while inner_m + width_m < radius_m:
        radii_m.append(inner_m + width_m)
        width_m *= 2
    return [*radii_m, radius_m]


def _list_slices(origin: Point, inner_m: int, outer_m: int) -> Iterator[tuple[float, float]]:
    """Yield the latitudes, south and north, of slices that cover the ring.

    Those of neighbouring rows of the grid overlap a little, because a latitude on the line between
    them may have been rounded to either row.
    """
    # Distances are rounded to whole metres: half a metre outside is inside.
    reach = (outer_m + 1) / METRES_PER_DEGREE
    south, north = max(-90.0, origin.lat - reach), min(90.0, origin.lat + reach)
    slice_m = max(outer_m - inner_m, outer_m * SLICE_PART) if inner_m else inf
    for row in range(grid_row(south), grid_row(north) + 1):
        bottom = max(south, row * CELL_DEGREES - 90 - OVERLAP_DEGREES)
        top = min(north, (row + 1) * CELL_DEGREES - 90 + OVERLAP_DEGREES)
        count = max(1, ceil((top - bottom) * METRES_PER_DEGREE / slice_m))
        edges = [bottom + (top - bottom) * number / count for number in range(count)]
        for low, high in pairwise([*edges, top]):
            yield low, high if high == top else nextafter(high, -inf)


def _list_longitudes(
    origin: Point, inner_m: int, outer_m: int, south: float, north: float
) -> Iterator[tuple[float, float]]:
    """Yield the longitudes, west and east, of the ring in a slice; all between -180 and 180."""
    outer = _find_widest(origin, outer_m + 1, south, north)
    inner = min(_find_half_width(origin, inner_m - 1, lat) for lat in (south, north))
    if inner >= 180:
        return
    if inner > 0:
        if outer < 180:
            yield from _wrap_longitudes(origin.lon - outer, origin.lon - inner)
            yield from _wrap_longitudes(origin.lon + inner, origin.lon + outer)
        else:
            yield from _wrap_longitudes(origin.lon + inner, origin.lon + 360 - inner)
    elif outer < 180:
        yield from _wrap_longitudes(origin.lon - outer, origin.lon + outer)
    else:
        yield -180.0, 180.0


def _wrap_longitudes(west: float, east: float) -> Iterator[tuple[float, float]]:
    """Yield one or two ranges of longitudes between -180 and 180 for one that may go beyond."""
    if east <= -180 or west > 180:
        turn = 360 if east <= -180 else -360
        yield west + turn, east + turn
    elif west < -180:
        yield west + 360, 180.0
        yield -180.0, east
    elif east > 180:
        yield west, 180.0
        yield -180.0, east - 360
    else:
        yield west, east


def _find_widest(origin: Point, radius_m: float, south: float, north: float) -> float:
    """Return the largest half width of a circle between two latitudes."""
    peak = sin(radians(origin.lat)) / cos(radius_m / EARTH_RADIUS_M)
    peak_lat = degrees(asin(max(-1.0, min(1.0, peak))))
    lats = south, north, max(south, min(north, peak_lat))
    return max(_find_half_width(origin, radius_m, lat) for lat in lats)


def _find_half_width(origin: Point, radius_m: float, lat: float) -> float:
    """Return how far a circle reaches to the east at a latitude, degrees: 0 outside of it, 180
    where it goes around the pole."""
    height = sin(radians(lat - origin.lat) / 2) ** 2
    rest = sin(max(0.0, radius_m) / EARTH_RADIUS_M / 2) ** 2 - height
    if rest <= 0:
        return 0.0
    meridians = cos(radians(origin.lat)) * cos(radians(lat))
    return degrees(2 * asin(sqrt(rest / meridians))) if rest < meridians else 180.0
