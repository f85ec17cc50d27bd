"""What is counted, and for how long."""

from enum import StrEnum


class Period(StrEnum):
    """How much time a rollup sums up. Each begins by the clock of the city."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Metric(StrEnum):
    """What is counted, in which unit, and by which dimension."""

    #: Time that vehicles were in a state, milliseconds; by state. MDS ``vehicles.[state]``.
    STATE_TIME = "state_time"
    #: Events of vehicles; by type. MDS ``events.[event_type].count``.
    EVENTS = "events"
    #: Rides that began in a reservation of their rider.
    RESERVED_RIDES = "reserved_rides"
    #: Rides that ended. MDS ``trips.end_loc.count``.
    RIDES = "rides"
    #: Of these, rides so short that they were given up (``GIVEN_UP_AFTER_S``).
    GIVEN_UP_RIDES = "given_up_rides"
    #: How long those that ended have lasted, seconds. MDS ``trips.end_loc_duration.sum``.
    RIDE_TIME = "ride_time"
    #: How long their paths were, metres. MDS ``trips.end_loc_distance.sum``.
    RIDE_DISTANCE = "ride_distance"
    #: Their prices with tax, minor units; by currency.
    REVENUE = "revenue"
    #: Rides that ended; by how long their vehicle had stood before (webapp/numbers/durations.py).
    IDLE_TIMES = "idle_times"


class DayMetric(StrEnum):
    """What is counted by day and month only, in ``rollup_totals``."""

    #: What was given back of prices of rides, with tax, minor units; by currency.
    REFUNDS = "refunds"
    #: How often.
    REFUND_COUNT = "refund_count"


#: Instead of a form factor: the vehicles of all types together.
ALL_TYPES = ""
#: A ride that ended sooner was given up: it is no trip in the statistics of cities. As in the
#: metrics of Nivel, which count trips of more than 60 seconds.
GIVEN_UP_AFTER_S = 60
