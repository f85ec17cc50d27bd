"""The words of reminders."""

from enum import StrEnum


class ReminderKind(StrEnum):
    """What a reminder waits for. A ride has one of each at most."""

    TIME = "time"
    PRICE = "price"
