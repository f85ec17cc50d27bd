"""Quiet hours: when nobody wants to be disturbed, by the clocks of the person."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple


class QuietHours(NamedTuple):
    """Every day, from one time to another."""

    start: time
    #: Before ``start``: on the day after.
    end: time

    def find_end(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """Return when the quiet hours that a moment lies in end, in UTC; None if it lies in none.

        They last until the clocks show their end: in the nights when the clocks change, an hour
        less or more. A time that the clocks show twice is the first one; one that they leave out is
        read by the offset before the change (as RFC 5545 does).
        """
        today = moment.astimezone(zone).date()
        for first_day in (today - timedelta(days=1), today):
            last_day = first_day + timedelta(days=self.end < self.start)
            begins_at = datetime.combine(first_day, self.start, zone).astimezone(UTC)
            ends_at = datetime.combine(last_day, self.end, zone).astimezone(UTC)
            if begins_at <= moment < ends_at:
                return ends_at
        return None
