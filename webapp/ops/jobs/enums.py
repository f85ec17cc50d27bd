"""The states of a job."""

from enum import StrEnum


class JobState(StrEnum):
    """How far a job is."""

    #: A worker claims it when it is due.
    WAITING = "waiting"
    #: A worker has it.
    RUNNING = "running"
    #: It was given up: an admin retries or discards it.
    FAILED = "failed"
    #: It has succeeded, or was discarded.
    DONE = "done"
