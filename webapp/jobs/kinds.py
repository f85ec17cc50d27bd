"""Kinds of jobs. A module declares its kinds in its ``jobs.py``, and adds the function that runs
each to ``Hooks.job_handlers``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from webapp.db.keys import RowKey

PayloadT = TypeVar("PayloadT")


class Priority(IntEnum):
    """Of the jobs that are due, those with the lowest number run first."""

    #: Somebody waits in front of the screen: the link of a mail.
    URGENT = 0
    NORMAL = 1
    #: Nobody waits: digests, retention.
    LOW = 2


#: The pause after a failed attempt doubles from a second up to this (WORK_MAX_PAUSE_S).
MAX_PAUSE_S = 1_800


def count_attempts(duration: timedelta) -> int:
    """Return how many attempts a job has within a time: their pauses double, up to MAX_PAUSE_S."""
    attempts, pause_s, left_s = 1, 1, duration.total_seconds()
    while left_s > 0:
        left_s -= pause_s
        pause_s = min(2 * pause_s, MAX_PAUSE_S)
        attempts += 1
    return attempts


@dataclass(frozen=True)
class JobKind(Generic[PayloadT]):
    """What all jobs of a kind have in common."""

    #: As it stands in the database: never renamed while jobs of it wait.
    name: str
    #: A frozen dataclass. New fields need defaults: jobs of an older release wait.
    payload_type: type[PayloadT]
    priority: Priority = Priority.NORMAL
    #: A job that fails so often waits for a decision of an admin. ``count_attempts`` tells how
    #: many they are.
    max_attempts: int = count_attempts(timedelta(hours=2))
    #: A worker counts a run that takes longer, in seconds, as lost: another one runs the job again.
    max_run_s: float = 600
    #: False: a job that has failed for good waits for no decision of an admin, because another one
    #: is written. It counts as done, with its error.
    needs_admin_if_failed: bool = True

    def dump(self, payload: PayloadT) -> Any:  # Any: JSON
        """Return the payload as it is stored."""
        return msgspec.to_builtins(payload)

    def load(self, stored: Any) -> PayloadT:  # Any: JSON
        """Return the payload; raises msgspec.ValidationError if it does not fit its type."""
        return msgspec.convert(stored, self.payload_type)


@dataclass(frozen=True)
class NoPayload:
    """Of kinds that say everything by their name."""


@dataclass(frozen=True)
class KeyPayload:
    """The key of the row that the job is about. SQL makes it with ``key_payload``."""

    region: str
    id: UUID

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


@dataclass(frozen=True)
class RunningJob:
    """A job that a worker runs."""

    key: RowKey
    kind: str
    #: Of its kind's payload_type, as JSON. (Any: JSON)
    payload: Any
    #: The name of the lease by which the worker has it; no two leases have the same. A worker that
    #: has lost the job to another one can't change it any more.
    lease: str
    #: Which attempt this is, from 1.
    attempt: int
    created_at: datetime
    #: The account that the job is for.
    account_key: RowKey | None = None
    #: The X-Request-Id of the request that caused it.
    request_id: str | None = None
    #: Its place in a trace, as in the header ``traceparent``.
    trace: str | None = None


class PermanentJobError(Exception):
    """The job can never succeed: no further attempt is made. Its text is shown to admins, so it
    names nobody."""


#: Runs a job, outside of any transaction. It may run several times for one job, also at the same
#: time, and must have the effect of one run. An error means that it is run again later.
JobHandler = Callable[[PayloadT, RunningJob], None]


class JobRegistration(NamedTuple):
    """A kind with its handler. Any: kinds have different payloads."""

    kind: JobKind[Any]
    #: The function; or where it is found, ``package.module:function``: only workers import it.
    handler: str | JobHandler[Any]
