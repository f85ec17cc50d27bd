"""The states of a dispute."""

from enum import StrEnum


class DisputeState(StrEnum):
    """Whose turn it is."""

    OPEN = "open"  # the rider has written last
    ANSWERED = "answered"  # staff have
    CLOSED = "closed"
