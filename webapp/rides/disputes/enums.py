"""Enums of disputes."""

from enum import StrEnum


class DisputeState(StrEnum):
    OPEN = "open"  # staff must answer
    ANSWERED = "answered"  # the rider may write again
    CLOSED = "closed"  # the rider cannot write any more
