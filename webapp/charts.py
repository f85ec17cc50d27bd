"""Bar charts, as shapes that the template draws as SVG.

Our own, because it is shorter than configuring a library: pygal and matplotlib write inline styles,
which our Content Security Policy forbids, and know neither our colours nor the dark scheme.
"""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

#: The size of the drawing, in its own units: a line of text is 12 high.
WIDTH, HEIGHT = 720, 220
#: Room for the numbers beside the axis, and for the dates below it.
LEFT, BOTTOM, TOP = 64, 24, 8
#: Which part of its place a bar fills.
FILLED = 0.7
#: How many dates fit below the axis.
MAX_DATES = 8


class Bar(NamedTuple):
    """A rectangle: of which series, at which place from the left."""

    series: int
    place: int
    x: float
    y: float
    width: float
    height: float


class Tick(NamedTuple):
    """A line across the chart, and the value that it stands for."""

    y: float
    value: float


class DateLabel(NamedTuple):
    """A place from the left that is named below the axis."""

    place: int
    x: float


class Chart(NamedTuple):
    bars: list[Bar]
    ticks: list[Tick]
    dates: list[DateLabel]


def make_chart(series: Sequence[Sequence[float]], limit: float | None = None) -> Chart:
    """Return a chart of bars that stand on each other.

    series: each with a value for each place from the left.
    limit: the value at the top; by default a round one above the highest bar.
    """
    places = len(series[0])
    sums = [sum(values[place] for values in series) for place in range(places)]
    top = limit or round_up(max(sums, default=0)) or 1
    slot, scale = (WIDTH - LEFT) / places, (HEIGHT - BOTTOM - TOP) / top
    bars = list[Bar]()
    for place in range(places):
        y = float(HEIGHT - BOTTOM)
        for number, values in enumerate(series):
            height = values[place] * scale
            y -= height
            if height > 0:
                x = LEFT + (place + (1 - FILLED) / 2) * slot
                size = (round(each, 1) for each in (x, y, FILLED * slot, max(height, 0.5)))
                bars.append(Bar(number, place, *size))
    ticks = [Tick(round(HEIGHT - BOTTOM - top * scale * n / 4, 1), top * n / 4) for n in range(5)]
    step = ceil(places / MAX_DATES)
    dates = [DateLabel(n, round(LEFT + (n + 0.5) * slot, 1)) for n in range(0, places, step)]
    return Chart(bars, ticks, dates)


def round_up(value: float) -> float:
    """Return the next value of 4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 80, 100, 120, ..., whose
    quarters are whole numbers that are short to read."""
    if value <= 0:
        return 0
    power: float = 10 ** max(0, floor(log10(value)) - 1)
    steps = (n * power for n in (4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 80, 100, 120))
    return next(step for step in steps if step >= value)
