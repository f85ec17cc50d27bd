"""What the map of places shows."""

from enum import StrEnum


class PlaceView(StrEnum):
    """Of each cell, or of each pair of cells."""

    STARTS = "starts"
    ENDS = "ends"
    FLOWS = "flows"
