"""The statements by which workers claim jobs, and record what became of them.

Each is one conditional statement by the database's clock, so that the clocks of workers don't
matter. A worker changes a job only while it has the lease by which it claimed the job.

They are executed as READ COMMITTED: they take row locks and need no more, and a claim that read the
index as SERIALIZABLE would make statements of riders fail that write to it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    Interval,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import Priority, RunningJob
from webapp.jobs.models import Job

#: Columns of ``claim_statement``, in the order of the fields of RunningJob.
ClaimedJob = tuple[
    str, UUID, str, Any, str | None, int, datetime, str | None, UUID | None, UUID | None, str | None
]  # Any: JSON


def bind_claim(
    region: str,
    lease: str,
    kinds: Sequence[str],
    duration: timedelta,
    limit: int,
    priorities: Iterable[Priority] = Priority,
    *,
    for_dispatch: bool = False,
) -> dict[str, object]:
    """Return the values of ``claim_statement``.

    lease: a name that no other claim has.
    kinds: the names of those that the worker can run.
    duration: of the lease, at least.
    limit: of the number of jobs.
    priorities: those that the worker claims now.
    for_dispatch: whether the jobs are dispatched. Then ``start_statement`` counts the attempt.
    """
    return {
        "of_region": region,
        "lease": lease,
        "kinds": kinds,
        "duration": duration,
        "most": limit,
        "priorities": [int(each) for each in priorities],
        "added_attempts": int(not for_dispatch),
    }


@cache
def claim_statement() -> ReturningUpdate[ClaimedJob]:
    """Return the statement that gives some due jobs of a region to a worker. It is executed with
    ``bind_claim``.

    Two workers never get the same job: each skips the rows that the other has locked.
    """
    jobs = table(Job)
    region = bindparam("of_region", type_=jobs.c.region.type)
    due = (
        select(jobs.c.region, jobs.c.id)
        .where(
            jobs.c.region == region,
            jobs.c.priority.in_(bindparam("priorities", expanding=True)),
            jobs.c.due_at <= func.now(),
            jobs.c.kind.in_(bindparam("kinds", expanding=True)),
            is_open_condition(),
        )
        .order_by(jobs.c.priority, jobs.c.due_at)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(jobs)
        .where(jobs.c.region == region, jobs.c.region == due.c.region, jobs.c.id == due.c.id)
        .values(
            worker=bindparam("lease", type_=jobs.c.worker.type),
            attempts=jobs.c.attempts + bindparam("added_attempts", type_=jobs.c.attempts.type),
            due_at=_lease_end(bindparam("duration", type_=Interval)),
        )
        .returning(*_claimed_columns())
    )


def bind_start(
    job_key: RowKey, dispatch_lease: str, lease: str, kinds: Sequence[str], duration: timedelta
) -> dict[str, object]:
    """Return the values of ``start_statement``.

    dispatch_lease: the lease by which the job was claimed for dispatch.
    lease: a name that no other one has, by which it is run.
    kinds: the names of those that the worker can run.
    duration: of the lease, at least.
    """
    return {
        "of_region": job_key.region,
        "job_id": job_key.id,
        "dispatch_lease": dispatch_lease,
        "lease": lease,
        "kinds": kinds,
        "duration": duration,
    }


@cache
def start_statement() -> ReturningUpdate[ClaimedJob]:
    """Return the statement by which a worker starts a job that another process has claimed and
    dispatched to it. It is executed with ``bind_start``.

    It exchanges the lease, so of several workers that are given the same job, one starts it. It
    returns no row if the job was started, claimed again, or retried or discarded by an admin. A job
    whose first lease has ended is still started, if nobody has claimed it since.
    """
    jobs = table(Job)
    return (
        update(jobs)
        .where(
            jobs.c.region == bindparam("of_region", type_=jobs.c.region.type),
            jobs.c.id == bindparam("job_id", type_=jobs.c.id.type),
            jobs.c.worker == bindparam("dispatch_lease", type_=jobs.c.worker.type),
            jobs.c.kind.in_(bindparam("kinds", expanding=True)),
            is_open_condition(),
        )
        .values(
            worker=bindparam("lease", type_=jobs.c.worker.type),
            attempts=jobs.c.attempts + 1,
            due_at=_lease_end(bindparam("duration", type_=Interval)),
        )
        .returning(*_claimed_columns())
    )


def _claimed_columns() -> tuple[Column[Any], ...]:
    """Return the columns of a ClaimedJob. Any: JSON."""
    jobs = table(Job).c
    return (
        jobs.region,
        jobs.id,
        jobs.kind,
        jobs.payload,
        jobs.worker,
        jobs.attempts,
        jobs.created_at,
        jobs.account_region,
        jobs.account_id,
        jobs.request_id,
        jobs.trace,
    )


def read_claimed_job(row: Sequence[Any]) -> RunningJob:
    """Return a row of ``claim_statement`` or ``start_statement`` as a job."""
    region, id_, kind, payload, lease, attempts, created_at, *account_key, request_id, trace = row
    return RunningJob(
        RowKey(region, id_),
        kind,
        payload,
        lease,
        attempts,
        created_at,
        RowKey(*account_key) if all(account_key) else None,
        str(request_id) if request_id else None,
        trace,
    )


def _lease_end(duration: timedelta | BindParameter[timedelta]) -> ColumnElement[Any]:
    """Return when a lease ends. Of jobs that were claimed together, those that a crash has left do
    not come back together: else one that crashes workers would always be claimed with the same
    others."""
    return func.now() + duration * (1 + func.random())


def renew_statement(
    region: str, jobs: Collection[RunningJob], duration: timedelta
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that renews the leases of jobs of a region. It returns the ids of those
    that the worker still has."""
    rows = table(Job)
    return (
        update(rows)
        .where(_has_lease_condition(region, jobs))
        .values(due_at=_lease_end(duration))
        .returning(rows.c.id)
    )


def requeue_statement(
    region: str, jobs: Collection[RunningJob], *, for_dispatch: bool = False
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that makes claimed jobs of a region due again, as if they had not been
    claimed: the worker stops, or they could not be dispatched.

    for_dispatch: as they were claimed, see ``bind_claim``.
    """
    rows = table(Job)
    return (
        update(rows)
        .where(_has_lease_condition(region, jobs))
        .values(
            worker=None,
            due_at=func.now(),
            attempts=rows.c.attempts if for_dispatch else rows.c.attempts - 1,
        )
        .returning(rows.c.id)
    )


def _has_lease_condition(region: str, jobs: Collection[RunningJob]) -> ColumnElement[bool]:
    rows = table(Job)
    return and_(
        rows.c.region == region,
        # Says the same again, so that the primary key is used also without statistics: the index of
        # due jobs has all that are open.
        rows.c.id.in_([job.key.id for job in jobs]),
        tuple_(rows.c.id, rows.c.worker).in_([(job.key.id, job.lease) for job in jobs]),
        is_open_condition(),
    )


def finish_statement(job: RunningJob) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that records that a job is done, and forgets what it was about."""
    return _record(job, done_at=func.now(), **_CLEARED_COLUMNS)


def postpone_statement(
    job: RunningJob, error: str, delay: timedelta
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that records a failed attempt. The job is due again after ``delay``."""
    return _record(job, last_error=error, due_at=func.now() + delay)


def fail_statement(job: RunningJob, error: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that records that a job has failed for good."""
    return _record(job, last_error=error, failed_at=func.now())


def abandon_statement(job: RunningJob, error: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that records that a job has failed for good, and that nobody needs to
    decide about it."""
    return _record(job, last_error=error, done_at=func.now(), **_CLEARED_COLUMNS)


def supersede_statement(
    job: RunningJob, *conditions: ColumnElement[bool]
) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that ends the failed jobs that are older than one of their kind that
    succeeded and has done their work: runs of a schedule, or those that meet the conditions."""
    rows = table(Job)
    return (
        update(rows)
        .where(
            rows.c.region == job.key.region,
            rows.c.kind == job.kind,
            rows.c.failed_at.is_not(None),
            rows.c.created_at < job.created_at,
            *conditions,
        )
        .values(done_at=func.now(), failed_at=None, **_CLEARED_COLUMNS)
        .returning(rows.c.id)
    )


#: Characters of ``Job.last_error``.
MAX_ERROR_LENGTH = 500
#: A job that is over holds nothing of anybody.
_CLEARED_COLUMNS: dict[str, Any] = {"payload": {}, "account_region": None, "account_id": None}


def _record(job: RunningJob, **values: Any) -> ReturningUpdate[tuple[UUID]]:
    rows = table(Job)
    return (
        update(rows)
        .where(key_condition(rows, job.key), rows.c.worker == job.lease, is_open_condition())
        .values(worker=None, **values)
        .returning(rows.c.id)
    )


def retry_statement(chosen: ColumnElement[bool]) -> ReturningUpdate[tuple[str, UUID, str]]:
    """Return the statement by which an admin lets jobs run again now that have failed, for good or
    so far. One that was not due yet would find nothing to do, and be done.

    chosen: selects them, in one region. It returns the region, id and kind of each.
    """
    has_failed = table(Job).c.failed_at.is_not(None) | (table(Job).c.attempts > 0)
    return _decide(and_(chosen, has_failed), failed_at=None, attempts=0, due_at=func.now())


def discard_statement(chosen: ColumnElement[bool]) -> ReturningUpdate[tuple[str, UUID, str]]:
    """Return the statement by which an admin ends jobs that shall not run. Its arguments and rows
    are those of ``retry_statement``. The list of jobs that are done tells them by their error."""
    last_error = table(Job).c.last_error
    error = func.left(func.concat_ws(": ", "discarded", last_error), MAX_ERROR_LENGTH)
    return _decide(chosen, done_at=func.now(), failed_at=None, last_error=error, **_CLEARED_COLUMNS)


def _decide(
    chosen: ColumnElement[bool], **values: Any
) -> ReturningUpdate[tuple[str, UUID, str]]:  # Any: of columns
    """Change jobs that are not done, and that no worker has."""
    rows = table(Job)
    return (
        update(rows)
        .where(chosen, rows.c.done_at.is_(None), is_idle_condition())
        .values(worker=None, **values)
        .returning(rows.c.region, rows.c.id, rows.c.kind)
    )


def is_idle_condition() -> ColumnElement[bool]:
    """Select the jobs that no worker has, or whose worker has not renewed its lease."""
    rows = table(Job)
    return or_(rows.c.worker.is_(None), rows.c.due_at <= func.now())


def is_open_condition() -> ColumnElement[bool]:
    """Select the jobs that are neither done nor failed; the condition of ``ix_jobs_due``."""
    rows = table(Job)
    return and_(rows.c.done_at.is_(None), rows.c.failed_at.is_(None))
