"""Words of rides."""

from enum import StrEnum


class EndSpot(StrEnum):
    """Where a vehicle stands, for a rider who can give no point."""

    #: Where the ride started, else the centre of the city.
    START = "start"
    #: Somewhere in the city: the centre stands for it, if the ride can have come there.
    CITY = "city"


class EndReason(StrEnum):
    """Why staff end a ride for its rider."""

    RIDER_ASKED = "rider_asked"
    RIDER_FORGOT = "rider_forgot"
    VEHICLE_DEFECT = "vehicle_defect"
    FOUND_ELSEWHERE = "found_elsewhere"
    #: The note says it.
    OTHER = "other"


class ChargedTime(StrEnum):
    """Which time of a ride that staff end its rider pays for."""

    UNTIL_NOW = "until_now"
    #: Until a moment that staff choose.
    UNTIL_TIME = "until_time"
    NOTHING = "nothing"
