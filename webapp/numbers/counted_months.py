"""Which months are to be counted, of what is counted once a day by month."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.numbers.enums import Period
from webapp.numbers.periods import find_end, list_starts

#: How far back, months.
MONTHS = 24
#: A month that is over is counted again for so long: a worker may have been away at its end.
STAYS_OPEN = timedelta(days=3)


def list_months(first: datetime, today: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the months since a moment that have days which are over."""
    return list_starts(Period.MONTH, first, today, zone)[-MONTHS:]


def list_open_months(
    first: datetime, today: datetime, counted: Collection[datetime], zone: ZoneInfo
) -> list[datetime]:
    """Return this month, those that have just ended, and those that were never counted, the newest
    first."""
    return [
        month
        for month in reversed(list_months(first, today, zone))
        if month not in counted or find_end(Period.MONTH, month, zone) > today - STAYS_OPEN
    ]
