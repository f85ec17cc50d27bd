"""Bounding boxes of the map, aligned to the grid."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, and_, cast, func, or_

from webapp.fleet.models import Vehicle
from webapp.regions.geography import (
    CELL_DEGREES,
    GRID_COLUMNS,
    Point,
    cells_between,
    grid_row,
    is_position,
)

#: Up to so many rows of the grid are looked up one by one; a higher box is one range of cells.
MAX_SEPARATE_ROWS = 32
#: Up to so many cells are named one by one.
MAX_SEPARATE_CELLS = 500
#: A box smaller than this is aligned to a finer grid, so that the clusters of a crowded street
#: separate; degrees.
FINE_BELOW, FINE_STEP = 4 * CELL_DEGREES, CELL_DEGREES / 10
#: The longest text that is read as a box.
MAX_TEXT_LENGTH = 100


@dataclass(frozen=True)
class Grid:
    """A grid over the world whose cells clusters are made of."""

    #: How often a side of a cell of ``Vehicle.cell`` is divided.
    divisions: int

    @property
    def columns(self) -> int:
        """Cells in a row."""
        return GRID_COLUMNS * self.divisions

    @property
    def cell_degrees(self) -> float:
        return CELL_DEGREES / self.divisions

    def cell_column(self, vehicle: type[Vehicle]) -> SQLColumnExpression[int | None]:
        """Return the number of the cell that a vehicle stands in, in SQL."""
        if self.divisions == 1:
            return vehicle.cell
        rows, columns = (
            cast(func.floor((degrees + zero) * (1 / self.cell_degrees)), BigInteger)
            for degrees, zero in ((vehicle.lat, 90.0), (vehicle.lon, 180.0))
        )
        return rows * self.columns + columns

    def position(self, row: float, column: float) -> tuple[float, float]:
        """Return the middle of a cell, latitude and longitude. row: as ``row * columns``."""
        lat = (float(row) / self.columns + 0.5) * self.cell_degrees - 90
        lon = (float(column) + 0.5) * self.cell_degrees - 180
        return round(lat, 5), round(lon, 5)


#: In a small box the index of cells does not answer alone, and clusters may be smaller than cells.
COARSE_GRID, FINE_GRID = Grid(1), Grid(16)


class BoundingBox(NamedTuple):
    """A part of the map, in degrees, on lines of the grid; it may cross the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def parse(cls, text: str) -> "BoundingBox":
        """Read ``south,west,north,east`` in degrees; raises ValueError.

        The box is widened to the lines of the grid, so that similar requests share an answer.
        """
        box = cls(*(float(number) for number in text[:MAX_TEXT_LENGTH].split(",")))
        if not (
            is_position(box.south, box.west)
            and is_position(box.north, box.east)
            and box.south <= box.north
        ):
            raise ValueError(text)
        return box._align_to_grid()

    def _align_to_grid(self) -> "BoundingBox":
        step = FINE_STEP if self.is_fine else CELL_DEGREES
        south, west = _align(floor, self.south, step), _align(floor, self.west, step)
        north, east = _align(ceil, self.north, step), _align(ceil, self.east, step)
        return BoundingBox(south, west, max(north, south + step), east)

    @property
    def is_fine(self) -> bool:
        """Whether it is smaller than what the cells of the grid can separate."""
        height, width = self.north - self.south, self.east - self.west
        return height < FINE_BELOW and 0 <= width < FINE_BELOW

    @property
    def rows(self) -> int:
        """Its height in rows of cells."""
        return self.count_rows(COARSE_GRID)

    def count_rows(self, grid: Grid) -> int:
        """Return its height in rows of a grid."""
        return max(1, round((self.north - self.south) / grid.cell_degrees))

    @property
    def grid(self) -> Grid:
        """The grid of its clusters."""
        return FINE_GRID if self.is_fine else COARSE_GRID

    def contains_condition(self) -> ColumnElement[bool]:
        """Return the condition that a vehicle is in the box, for the index of cells."""
        ranges = list(cells_between(*self._corners))
        if self.rows > MAX_SEPARATE_ROWS:
            return _rows_condition(ranges, self.west, self.east)
        cells = _cells_condition(ranges)
        if not self.is_fine:
            return cells
        lat = Vehicle.lat.between(self.south, self.north)
        return and_(cells, lat, Vehicle.lon.between(self.west, self.east))

    def cell_condition(self, cell: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that a cell is in the box, for an index with few rows of a city."""
        south_west, north_east = self._corners
        # All rows have the columns of the first one: two ranges at the 180th meridian.
        first_row = list(cells_between(south_west, Point(south_west.lat, north_east.lon)))
        rows = grid_row(north_east.lat) - grid_row(south_west.lat) + 1
        if rows * _count_cells(first_row) <= MAX_SEPARATE_CELLS:
            return cell.in_(_list_cells(list(cells_between(south_west, north_east))))
        start = first_row[0][0] // GRID_COLUMNS * GRID_COLUMNS
        column = cell % GRID_COLUMNS
        columns = (column.between(first - start, last - start) for first, last in first_row)
        last_cell = first_row[-1][1] + (rows - 1) * GRID_COLUMNS
        return and_(cell.between(start, last_cell), or_(*columns))

    @property
    def _corners(self) -> tuple[Point, Point]:
        margin = CELL_DEGREES / 1000  # a line of the grid belongs to the cell after it
        return Point(self.south, self.west), Point(self.north - margin, self.east - margin)


def _cells_condition(ranges: list[tuple[int, int]]) -> ColumnElement[bool]:
    """Return the condition for the cells, one by one if they are few: PostgreSQL reads all of these
    from the index alone, and for ranges the rows of the table."""
    if _count_cells(ranges) > MAX_SEPARATE_CELLS:
        return or_(*(Vehicle.cell.between(*ends) for ends in ranges))
    return Vehicle.cell.in_(_list_cells(ranges))


def _count_cells(ranges: list[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _list_cells(ranges: list[tuple[int, int]]) -> list[int]:
    return [cell for first, last in ranges for cell in range(first, last + 1)]


def _rows_condition(ranges: list[tuple[int, int]], west: float, east: float) -> ColumnElement[bool]:
    """Return the condition for the rows of the cells, and for the longitudes in them.

    PostgreSQL knows how many vehicles are between two longitudes, and not how many are in a column
    of the grid.
    """
    rows = Vehicle.cell.between(min(ranges)[0], max(last for _, last in ranges))
    if west <= east:
        return and_(rows, Vehicle.lon.between(west, east))
    return and_(rows, or_(Vehicle.lon >= west, Vehicle.lon <= east))


def _align(rounding: Callable[[float], int], degrees: float, step: float) -> float:
    return round(rounding(round(degrees / step, 6)) * step, 6)
