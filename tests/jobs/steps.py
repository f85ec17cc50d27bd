"""A kind of jobs for tests, and steps with the queue. All need an application context."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, insert, select, update

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.kinds import JobHandler, JobKind, Priority, RunningJob
from webapp.jobs.models import Job
from webapp.jobs.queue import bind_claim, claim_statement, read_claimed_job
from webapp.jobs.writing import job_statement

REGION = "us-east1"
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Note:
    """The payload of NOTE."""

    text: str = ""


#: Its handler is chosen by the test.
NOTE = JobKind("test_note", Note, max_attempts=3)
URGENT_NOTE = JobKind("test_urgent_note", Note, Priority.URGENT)
LATE_NOTE = JobKind("test_late_note", Note, Priority.LOW)
#: It may run for so short a time.
SHORT_NOTE = JobKind("test_short_note", Note, max_run_s=0.5)
KINDS = [NOTE.name, URGENT_NOTE.name, LATE_NOTE.name]

#: ``handle(handler)`` lets workers run the jobs of NOTE by it.
Handle = Callable[[JobHandler[Note]], None]


def add_job(
    text: str = "", *, kind: JobKind[Note] = NOTE, due_in_s: float = 0, region: str = REGION
) -> RowKey:
    """Write a job; return its key."""
    job_id, due_at = uuid4(), database_time(due_in_s)
    execute_write(job_statement(kind, Note(text), region=region, due_at=due_at, job_id=job_id))
    return RowKey(region, job_id)


def database_time(in_s: float = 0) -> ColumnElement[datetime]:
    """Return the time by the database's clock, so many seconds from now."""
    return func.now() + timedelta(seconds=in_s)


def claim(
    limit: int = 1, *, kinds: Sequence[str] = KINDS, region: str = REGION, lease: str = ""
) -> list[RunningJob]:
    """Take some due jobs, as a worker does."""
    values = bind_claim(region, lease or uuid4().hex, kinds, LEASE, limit)
    rows = execute_write(claim_statement(), values, read_committed=True)
    return [read_claimed_job(row) for row in rows]


def claim_one() -> RunningJob:
    (job,) = claim()
    return job


def end_lease(job_key: RowKey) -> None:
    """Let the time of a lease, or the pause after an attempt, be over."""
    set_columns(job_key, due_at=database_time(-1))


def set_columns(job_key: RowKey, **values: Any) -> None:
    jobs = table(Job)
    statement = update(jobs).where(key_condition(jobs, job_key)).values(values)
    execute_write(statement.returning(jobs.c.id))


def read_job(job_key: RowKey) -> Job:
    """Return a job as it stands in the database."""
    db.session.expire_all()
    return db.session.scalars(select(Job).where(key_condition(Job, job_key))).one()


def read_due_in_s(job_key: RowKey) -> float:
    """Return in how many seconds a job is due, by the database's clock."""
    due_in = func.extract("epoch", Job.due_at - func.clock_timestamp())
    return float(db.session.scalars(select(due_in).where(key_condition(Job, job_key))).one())


def insert_jobs(number: int, **values: Any) -> list[UUID]:
    """Write many jobs of NOTE at once; return their ids. values: of their columns."""
    ids = [uuid4() for _ in range(number)]
    row = {"region": REGION, "kind": NOTE.name, "payload": {}, "priority": 1, **values}
    with db.engines["write"].begin() as connection:
        connection.execute(insert(table(Job)).values([{**row, "id": id_} for id_ in ids]))
    return ids
