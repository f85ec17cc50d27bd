"""When a scheduled export is due, and of which days it is, by the clock of its city."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from webapp.exports.enums import ExportPeriod

#: When mails are sent, by the clock of the city.
SENT_AT = time(6)


class Days(NamedTuple):
    """Some days; both are included."""

    first: date
    last: date


def find_last_period(period: ExportPeriod, today: date) -> Days:
    """Return the last day, week from Monday to Sunday, or month that is over."""
    last = _find_start(period, today) - timedelta(days=1)
    return Days(_find_start(period, last), last)


def find_next_due(period: ExportPeriod, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next period is over and mails are sent."""
    today = now.astimezone(zone).date()
    day = today + timedelta(days=1)
    while _find_start(period, day) != day:
        day += timedelta(days=1)
    return datetime.combine(day, SENT_AT, zone).astimezone(UTC)


def _find_start(period: ExportPeriod, day: date) -> date:
    """Return the first day of the period that a day is in."""
    if period is ExportPeriod.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period is ExportPeriod.WEEK else day
