"""What becomes of a data export."""

from enum import StrEnum


class DataExportState(StrEnum):
    #: A worker writes it, or will.
    RUNNING = "running"
    #: It can be downloaded.
    READY = "ready"
    #: It was given up, or nothing has happened to it for long. It can be requested again.
    FAILED = "failed"
    #: It can't be downloaded any more.
    EXPIRED = "expired"
