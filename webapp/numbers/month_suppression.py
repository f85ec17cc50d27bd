"""What is shown of refunds to those who may not see persons: months with enough.

A day has few of them. So the unit is a month of one type of vehicles; what is left out is in no sum
of all types either. A month is shown when it is over: see webapp/numbers/day_suppression.py.
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
    refunds = Counter[str]()
    for key, count in sums.items():
        if key.metric == DayMetric.REFUND_COUNT:
            refunds[key.form_factor] += count
    shown = Counter[MetricKey]()
    for key, value in sums.items():
        if refunds[key.form_factor] >= MIN_RIDES_SHOWN:
            shown[key] += value
            shown[key._replace(form_factor=ALL_TYPES)] += value
    return shown
