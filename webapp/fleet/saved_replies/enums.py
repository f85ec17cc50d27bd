"""The queues whose answers have saved replies."""

from enum import StrEnum


class ReplyQueue(StrEnum):
    """For which answers a saved reply is."""

    REPORTS = "reports"
    DISPUTES = "disputes"
