"""Enums of the trip import."""

from enum import StrEnum


class ParkingOutcome(StrEnum):
    """What the rules about parking say of a trip's end."""

    ALLOWED = "allowed"
    FEE = "fee"
    FORBIDDEN = "forbidden"
