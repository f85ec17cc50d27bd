"""The ranges of time that the page of numbers shows, each beside the one before it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from webapp.numbers.enums import Period
from webapp.numbers.periods import find_end, find_start
from webapp.regions.models import City


class RangeName(StrEnum):
    """What can be chosen."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "12m"


MOMENT = timedelta(microseconds=1)
#: Of which periods a range consists, and of how many.
PERIODS = {
    RangeName.DAY: (Period.HOUR, 24),
    RangeName.WEEK: (Period.DAY, 7),
    RangeName.MONTH: (Period.DAY, 30),
    RangeName.QUARTER: (Period.DAY, 90),
    RangeName.YEAR: (Period.MONTH, 12),
}


class TimeRange(NamedTuple):
    """A range of whole periods, of which the last one is not over; and as many before it."""

    period: Period
    #: When the periods of the range before began.
    previous_starts: list[datetime]
    #: When the periods began.
    starts: list[datetime]
    #: When the last one ends.
    end: datetime


def make_range(name: RangeName, city: City, now: datetime) -> TimeRange:
    """Return the range that ends with the period of ``now``."""
    period, count = PERIODS[name]
    starts = [find_start(period, now, city.zone)]
    while len(starts) < 2 * count:
        # A moment before a period is in the one before it.
        starts.append(find_start(period, starts[-1] - MOMENT, city.zone))
    starts.reverse()
    return TimeRange(
        period, starts[:count], starts[count:], find_end(period, starts[-1], city.zone)
    )
