"""Hours, days and months by the clock of a city, as moments in UTC.

An hour begins when the minutes of its clock are 0: in Nepal at 15 minutes past the hour of UTC.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.numbers.enums import Period

HOUR = timedelta(hours=1)


def find_start(period: Period, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the hour, day or month of a moment began."""
    local = moment.astimezone(zone)
    if period is Period.HOUR:
        return moment.astimezone(UTC) - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
    day = local.day if period is Period.DAY else 1
    midnight = local.replace(day=day, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.astimezone(UTC)


def find_end(period: Period, start: datetime, zone: ZoneInfo) -> datetime:
    """Return when a period ends, from when it began. A day may have 23 to 25 hours."""
    # In the middle of the next day or month, whatever the clock did meanwhile.
    inside_next = {
        Period.HOUR: HOUR, Period.DAY: timedelta(hours=36), Period.MONTH: timedelta(days=45)
    }  # fmt: skip
    return find_start(period, start + inside_next[period], zone)


def list_starts(period: Period, first: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when the periods began that overlap the time from ``first`` to before ``end``."""
    starts, start = list[datetime](), find_start(period, first, zone)
    while start < end:
        starts.append(start)
        start = find_end(period, start, zone)
    return starts
