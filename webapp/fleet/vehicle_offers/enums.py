"""States of an offer. The values are stored: a member may be renamed, its value may not change."""

from enum import StrEnum


class OfferState(StrEnum):
    """Where an offer stands. One that has expired stays open."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
