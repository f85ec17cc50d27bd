"""Kinds and states of reports."""

from enum import StrEnum


class ReportKind(StrEnum):
    """What can be wrong with a vehicle."""

    DAMAGE = "damage"
    BAD_PARKING = "bad_parking"
    LOST = "lost"
    OTHER = "other"


class ReportState(StrEnum):
    """What becomes of a report."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


#: A report in these states waits for its answer.
OPEN_STATES = (ReportState.NEW, ReportState.IN_PROGRESS)
