"""Kinds, states and sources of tasks."""

from enum import IntEnum, StrEnum


class TaskKind(StrEnum):
    """What is to be done with a vehicle."""

    COLLECT = "collect"
    SWAP_BATTERY = "swap_battery"
    REPAIR = "repair"
    REBALANCE = "rebalance"
    INSPECT = "inspect"
    #: A kind of the city's own; the task has its name.
    OWN = "own"


class TaskState(StrEnum):
    """What becomes of a task."""

    #: Nobody has begun. With an assignee it is assigned.
    OPEN = "open"
    #: The assignee has approached the vehicle, which is out of service.
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


#: A task in these states is still to be done.
OPEN_STATES = (TaskState.OPEN, TaskState.IN_PROGRESS)


class TaskSource(StrEnum):
    """Why there is a task."""

    #: Staff made it.
    STAFF = "staff"
    #: Staff made it from a report.
    REPORT = "report"
    #: Staff made it from an alert.
    ALERT = "alert"
    #: A rule of the city made it.
    RULE = "rule"


class TaskPriority(IntEnum):
    """Tasks with a lower number come first."""

    URGENT = 1
    NORMAL = 2
    LOW = 3


class VehicleOutcome(StrEnum):
    """What becomes of the vehicle of a task that is done."""

    #: It stands on the street, and riders can ride it.
    DEPLOYED = "deployed"
    #: It was taken along: into a van, a depot or a workshop.
    PICKED_UP = "picked_up"
    #: It stays as it is.
    UNCHANGED = "unchanged"
