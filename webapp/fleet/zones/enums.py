"""The kinds of zones."""

from enum import StrEnum


class ZoneKind(StrEnum):
    """What a zone is for."""

    SERVICE_AREA = "service_area"  # rides end in one of these, where a city has any
    NO_PARKING = "no_parking"
    NO_RIDE = "no_ride"  # and so no parking
    SLOW = "slow"
