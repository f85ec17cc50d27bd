"""The cells of the grid: hexagons of Uber's H3. No other module imports the library.

A cell is a number of 64 bits. Those of ``RESOLUTION`` 8 are about 900 m wide and have 0.7 km²:
large enough that most of a city's have ten rides a month, and small enough to see where vehicles
are missing. Another resolution needs new counts: ``flask numbers recompute``.
"""

from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from webapp.regions.geography import Point

RESOLUTION = 8
#: The digits of degrees on maps: about a metre.
_DIGITS = 5


class Hexagon(NamedTuple):
    """A cell on a map."""

    centre: Point
    #: Its corners: latitude and longitude.
    corners: list[tuple[float, float]]


def find_cell(lat: float | None, lon: float | None) -> int | None:
    """Return the cell of a position; None: the position is not known."""
    if lat is None or lon is None:
        return None
    cell: int = _load_h3().latlng_to_cell(lat, lon, RESOLUTION)
    return cell


def find_hexagon(cell: int) -> Hexagon:
    """Return where a cell is."""
    h3 = _load_h3()
    corners = [(round(lat, _DIGITS), round(lon, _DIGITS)) for lat, lon in h3.cell_to_boundary(cell)]
    lat, lon = h3.cell_to_latlng(cell)
    return Hexagon(Point(round(lat, _DIGITS), round(lon, _DIGITS)), corners)


@cache
def _load_h3() -> Any:  # a module without types
    """Load the library, which is twenty modules that only the map and its job need."""
    return import_module("h3.api.basic_int")
