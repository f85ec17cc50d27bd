"""Durations, counted in buckets: how long vehicles stand between rides, how long reports wait.

Medians of days cannot be added up; counts by bucket can. Each bucket is a quarter longer than the
one before it, so a median is right to about a tenth.
"""

from collections.abc import Mapping
from math import log
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func

#: The lower end of the second bucket, seconds. Whoever rides on at once is in the first.
FIRST_BUCKET_S = 60.0
#: By how much longer each bucket is than the one before.
GROWTH = 1.25
#: The last bucket: 60 s × 1.25 ^ 50 are 49 days and more.
LAST_BUCKET = 51


def duration_bucket_column(duration_s: ColumnElement[Any]) -> ColumnElement[int | None]:
    """Return the bucket of a duration in seconds: 0 to ``LAST_BUCKET``, or NULL.
    (Any: EXTRACT has no type)"""
    above = func.ln(func.greatest(duration_s, FIRST_BUCKET_S / GROWTH) / FIRST_BUCKET_S) / log(
        GROWTH
    )
    bucket = func.least(cast(func.floor(above), Integer) + 1, LAST_BUCKET)
    return case((duration_s.is_not(None), bucket))  # GREATEST leaves NULL out


def find_median_s(counts: Mapping[int, int]) -> float | None:
    """Return the median of durations, seconds: ``find_percentile_s``."""
    return find_percentile_s(counts, 0.5)


def find_percentile_s(counts: Mapping[int, int], fraction: float) -> float | None:
    """Return which duration a fraction of all do not exceed, seconds; None if there are none.
    Within a bucket they are taken to be spread evenly (on a log scale).

    counts: how many there are in each bucket.
    """
    wanted, below = sum(counts.values()) * fraction, 0
    for bucket, count in sorted(counts.items()):
        if count and below + count >= wanted:
            share = (wanted - below) / count
            return FIRST_BUCKET_S * (share if bucket == 0 else GROWTH ** (bucket - 1 + share))
        below += count
    return None
