"""Durations, counted by classes: how long vehicles stand between rides, how long reports wait.

Medians of days cannot be added up; counts by class can. Each class is a quarter longer than the one
before it, so a median is right to about a tenth.
"""

from collections.abc import Mapping
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func

#: The lower end of the second class, seconds. Whoever rides on at once is in the first.
FIRST_CLASS_S = 60.0
#: By how much longer each class is than the one before.
GROWTH = 1.25
#: The last class: 60 s × 1.25 ^ 50 are 49 days and more.
LAST_CLASS = 51


def duration_class_column(duration_s: ColumnElement[Any]) -> ColumnElement[int | None]:
    """Return the class of a duration in seconds: 0 to ``LAST_CLASS``, or NULL.
    (Any: EXTRACT has no type)"""
    above = func.ln(func.greatest(duration_s, FIRST_CLASS_S / GROWTH) / FIRST_CLASS_S) / log(GROWTH)
    class_ = func.least(cast(func.floor(above), Integer) + 1, LAST_CLASS)
    return case((duration_s.is_not(None), class_))  # GREATEST leaves NULL out


def find_median_s(counts: Mapping[int, int]) -> float | None:
    """Return the median of durations, seconds: ``find_percentile_s``."""
    return find_percentile_s(counts, 0.5)


def find_percentile_s(counts: Mapping[int, int], fraction: float) -> float | None:
    """Return which duration a fraction of all do not exceed, seconds; None if there are none.
    Within a class they are taken to be spread evenly (on a log scale).

    counts: how many there are in each class.
    """
    wanted, below = sum(counts.values()) * fraction, 0
    for class_, count in sorted(counts.items()):
        if count and below + count >= wanted:
            share = (wanted - below) / count
            return FIRST_CLASS_S * (share if class_ == 0 else GROWTH ** (class_ - 1 + share))
        below += count
    return None
