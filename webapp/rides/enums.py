"""Words of rides."""

from enum import StrEnum


class EndSpot(StrEnum):
    """Where a vehicle stands, for a rider who can give no point."""

    #: Where the ride started, else the centre of the city.
    START = "start"
    #: Somewhere in the city: the centre stands for it, if the ride can have come there.
    CITY = "city"
