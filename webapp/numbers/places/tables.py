"""The table of places: the same as the map, as words and numbers."""

from collections.abc import Sequence
from typing import NamedTuple

from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.places.enums import PlaceView
from webapp.numbers.places.queries import CellCount, FlowCount
from webapp.regions.geography import Point


class TableRow(NamedTuple):
    """Rides of a cell, or of a pair of cells."""

    cells: tuple[int, ...]
    rides: int
    #: None: not known.
    previous_rides: int | None

    @property
    def centres(self) -> list[Point]:
        """The middle of each cell."""
        return [find_hexagon(cell).centre for cell in self.cells]


def list_table_rows(
    view: PlaceView, cells: Sequence[CellCount], flows: Sequence[FlowCount]
) -> list[TableRow]:
    """Return the rows, those with the most rides first."""
    if view is PlaceView.FLOWS:
        return [TableRow((each.start_cell, each.end_cell), *each[2:]) for each in flows]
    if view is PlaceView.STARTS:
        rows = [TableRow((each.cell,), each.starts, each.previous_starts) for each in cells]
    else:
        rows = [TableRow((each.cell,), each.ends, each.previous_ends) for each in cells]
    return sorted((row for row in rows if row.rides), key=lambda row: (-row.rides, row.cells))
