"""Counting half hours of unmet demand, and what of them may be shown."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from webapp.numbers.day_suppression import MIN_RIDES_SHOWN

#: In fewer half hours than this it could have been one person.
MIN_HALF_HOURS_SHOWN = MIN_RIDES_SHOWN


class DayDemand(NamedTuple):
    """A day of a cell and type."""

    day_at: datetime
    form_factor: str
    cell: int
    #: A bit for each.
    half_hours: int


def count_half_hours(days: Collection[DayDemand], *, hides_few: bool) -> Counter[int]:
    """Return how many half hours each cell has in a month. One in which people looked for two types
    is one.

    hides_few: what is few of a type is left out, of the sum of all types, too.
    """
    by_type = Counter[tuple[str, int]]()
    for day in days:
        by_type[day.form_factor, day.cell] += day.half_hours.bit_count()
    bits: dict[tuple[int, datetime], int] = defaultdict(int)
    for day in days:
        if not hides_few or by_type[day.form_factor, day.cell] >= MIN_HALF_HOURS_SHOWN:
            bits[day.cell, day.day_at] |= day.half_hours
    counts = Counter[int]()
    for (cell, _), half_hours in bits.items():
        counts[cell] += half_hours.bit_count()
    return counts
