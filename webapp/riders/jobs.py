"""The jobs that delete the rows of accounts that have ended."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, select
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.hooks import get_hooks
from webapp.jobs.kinds import KeyPayload, NoPayload, RunningJob
from webapp.jobs.models import Job
from webapp.jobs.queue import is_open_condition, supersede_statement
from webapp.jobs.writing import (
    derive_job_id,
    insert_jobs_cte,
    job_statement,
    jobs_from_rows_query,
    key_payload,
)
from webapp.riders.services.account_deletion import ACCOUNT_DELETION, delete_user

#: Somebody rides a vehicle of the account: it is removed later.
PAUSE = timedelta(minutes=5)
#: An account that ended longer ago, and that no open job is about, gets a new job: the first one
#: has failed or was discarded.
RESUMED_AFTER = timedelta(days=1)


def finish_account_deletion(payload: KeyPayload, job: RunningJob) -> None:
    """Delete what is left of an account, in slices, and then its row. Each slice goes on where the
    rows say that the one before has ended."""
    user_key = _find_ended_account(payload.key)
    if user_key is None:
        return
    run_transaction(lambda session: _end_open_ride(session, user_key), idempotent=True)
    for delete_in_slices in get_hooks().deletion_slices:
        delete_in_slices(user_key)
    try:
        run_transaction(lambda session: delete_user(session, user_key), idempotent=True)
    except DomainError:
        _try_later(payload, job)
    else:
        _supersede_failed_jobs(payload, job)


def _find_ended_account(user_key: RowKey) -> RowKey | None:
    query = select(User.region, User.id, User.deleted_at)
    row = find_in_any_region(query, User, user_key)
    return RowKey(row.region, row.id) if row and row.deleted_at else None


def _end_open_ride(session: Session, user_key: RowKey) -> None:
    """End the ride of a rider who started it in the moment in which the account ended."""
    for on_closing in get_hooks().on_account_closing:
        on_closing(session, user_key)


def _try_later(payload: KeyPayload, job: RunningJob) -> None:
    next_job = job_statement(
        ACCOUNT_DELETION,
        payload,
        region=job.key.region,
        due_at=func.now() + PAUSE,
        job_id=uuid5(job.key.id, "next"),
    )
    execute_write(next_job, idempotent=True)


def _supersede_failed_jobs(payload: KeyPayload, job: RunningJob) -> None:
    """End the jobs of the account that have failed before, so that nobody decides about them."""
    is_about_account = table(Job).c.payload["id"].astext == str(payload.id)
    execute_write(supersede_statement(job, is_about_account), idempotent=True, read_committed=True)


# --- accounts whose job has failed ----------------------------------------------------------------


def resume_deletions(_: NoPayload, job: RunningJob) -> None:
    """Write a job for each account of a region that ended a day ago and that no job deletes."""
    execute_write(resume_deletions_statement(job.key), idempotent=True, read_committed=True)


def resume_deletions_statement(run_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that writes the jobs, each once for a run of the schedule. It returns
    the ids of the accounts."""
    users = table(User)
    left_over = (
        select(users.c.region, users.c.id)
        .where(
            users.c.region == run_key.region,
            users.c.deleted_at < func.now() - RESUMED_AFTER,
            ~_has_open_job_condition(),
        )
        .cte("left_over")
    )
    run_and_account = func.concat(str(run_key.id), " ", cast(left_over.c.id, String))
    jobs = jobs_from_rows_query(
        ACCOUNT_DELETION,
        key_payload(left_over),
        rows=left_over,
        region=left_over.c.region,
        job_id=derive_job_id(ACCOUNT_DELETION, run_and_account),
    )
    return select(left_over.c.id).add_cte(insert_jobs_cte(jobs))


def _has_open_job_condition() -> ColumnElement[bool]:
    """Select the accounts that a job deletes."""
    users, jobs = table(User), table(Job)
    return exists().where(
        jobs.c.region == users.c.region,
        jobs.c.kind == ACCOUNT_DELETION.name,
        jobs.c.payload["id"].astext == cast(users.c.id, String),
        is_open_condition(),
    )
