"""What is shown of refunds and response times to those who may not see persons: months with enough.

A day has few of them. So the unit is a month of one type of vehicles, and of one kind of report or
task; what is left out is in no sum of all types either. A month is shown when it is over: see
webapp/numbers/day_suppression.py.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from webapp.numbers.day_suppression import DAY_AND_DELAY, MIN_RIDES_SHOWN
from webapp.numbers.enums import ALL_TYPES, DayMetric
from webapp.numbers.rollups import MetricKey


def is_month_shown(end: datetime, now: datetime) -> bool:
    """Tell whether a month is over, and was computed again since.

    now: until when all that happened is counted.
    """
    return end - timedelta(days=1) <= now - DAY_AND_DELAY


def suppress_small_counts(sums: Mapping[MetricKey, int]) -> Counter[MetricKey]:
    """Return the sums of a month that are not few, and their sums over all types.

    sums: of each type.
    """
    counts = Counter[tuple[str, ...]]()
    for key, count in sums.items():
        if key.metric != DayMetric.REFUNDS:  # amounts
            counts[_find_group(key)] += count
    shown = Counter[MetricKey]()
    for key, value in sums.items():
        if counts[_find_group(key)] >= MIN_RIDES_SHOWN:
            shown[key] += value
            shown[key._replace(form_factor=ALL_TYPES)] += value
    return shown


def _find_group(key: MetricKey) -> tuple[str, ...]:
    """Return what is shown together, or not at all."""
    if key.metric in (DayMetric.REFUNDS, DayMetric.REFUND_COUNT):
        return ("refunds", key.form_factor)
    kind, _, _bucket = key.dimension.partition(":")
    return (key.metric, kind, key.form_factor)
