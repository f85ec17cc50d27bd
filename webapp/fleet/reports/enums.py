"""The kinds and states of reports."""

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
