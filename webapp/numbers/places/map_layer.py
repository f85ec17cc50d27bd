"""What the map of places draws: hexagons, or lines between them, in five levels."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from webapp.numbers.places.cells import find_hexagon
from webapp.numbers.places.queries import FlowCount
from webapp.translations import ngettext

LEVELS = 5


class Level(NamedTuple):
    """A colour or width of the map, for counts from ``low`` to ``high``."""

    number: int
    low: int
    high: int


def make_levels(counts: Collection[int]) -> list[Level]:
    """Return the levels for some counts: few places have many rides, so that each level is wider
    than the one before it."""
    least, most = min(counts, default=0), max(counts, default=0)
    numbers = {least + (most - least) * n**2 // LEVELS**2: n for n in range(1, LEVELS + 1)}
    lows = [least, *(high + 1 for high in numbers)]
    return [Level(n, low, high) for low, (high, n) in zip(lows, numbers.items(), strict=False)]


def find_level(levels: Sequence[Level], count: int) -> int:
    """Return the number of the level of a count."""
    return next(level.number for level in levels if count <= level.high)


# Any: JSON values.
def list_hexagons(
    counts: dict[int, int], levels: Sequence[Level], describe: Callable[[int], str]
) -> list[Any]:
    """Return the corners, level and words of each cell that has a count.

    describe: returns the words for a count.
    """
    return [
        [find_hexagon(cell).corners, find_level(levels, count), describe(count)]
        for cell, count in counts.items()
        if count
    ]


def list_lines(flows: Sequence[FlowCount], levels: Sequence[Level]) -> list[Any]:
    """Return the ends, level and words of each pair of cells, the most frequent last: on top."""
    return [
        [
            [find_hexagon(cell).centre for cell in (flow.start_cell, flow.end_cell)],
            find_level(levels, flow.rides),
            describe_rides(flow.rides),
        ]
        for flow in reversed(flows)
    ]


def describe_rides(count: int) -> str:
    """Return ``12 rides``."""
    return str(ngettext("%(num)d ride", "%(num)d rides", count))
