"""When people ride: the demand by hour of the day and of the week."""

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from webapp.ops.demo.scaled_fleet.options import FleetOptions

#: How likely a ride starts in each hour of the day. On working days people ride to work and back.
WORKDAY_HOURS = (
    2, 1, 1, 1, 1, 3, 9, 22, 30, 18, 12, 13, 17, 16, 14, 16, 22, 32, 31, 22, 15, 11, 8, 4,
)  # fmt: skip
WEEKEND_HOURS = (
    7, 5, 3, 2, 1, 1, 2, 4, 8, 14, 19, 23, 25, 26, 26, 25, 24, 22, 20, 17, 15, 13, 11, 9,
)  # fmt: skip
FIRST_DAY_OF_WEEKEND = 5
#: Of the days from Monday to Sunday.
DAYS = (0.95, 1.0, 1.05, 1.05, 1.1, 1.05, 0.85)
HOUR = timedelta(hours=1)


class DemandByHour:
    """The hours of the months of a fleet."""

    def __init__(self, options: FleetOptions) -> None:
        self._begins_at = options.begins_at
        timezone = ZoneInfo(options.city.timezone)
        self._hours = range(24 * options.days)
        local = ((options.begins_at + hour * HOUR).astimezone(timezone) for hour in self._hours)
        self._weights = list(accumulate(map(_weigh_hour, local)))

    def choose_times(self, random: Random, count: int) -> list[datetime]:
        """Return when ``count`` rides start, in no order."""
        hours = random.choices(self._hours, cum_weights=self._weights, k=count)
        return [
            self._begins_at + timedelta(seconds=3600 * hour + random.randrange(3600))
            for hour in hours
        ]


def _weigh_hour(local: datetime) -> float:
    day = local.weekday()
    hours = WEEKEND_HOURS if day >= FIRST_DAY_OF_WEEKEND else WORKDAY_HOURS
    return hours[local.hour] * DAYS[day]
