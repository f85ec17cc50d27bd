"""The job that deletes the rows of an account that has ended."""

from datetime import timedelta
from uuid import uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import DomainError
from webapp.hooks import get_hooks
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.jobs.writing import job_statement
from webapp.riders.services.account_deletion import ACCOUNT_DELETION, delete_user

#: Somebody rides a vehicle of the account: it is removed later.
PAUSE = timedelta(minutes=5)


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


def _find_ended_account(user_key: RowKey) -> RowKey | None:
    query = select(User.region, User.id, User.deleted_at)
    row = find_in_any_region(query, User, user_key)
    return RowKey(row.region, row.id) if row and row.deleted_at else None


def _end_open_ride(session: Session, user_key: RowKey) -> None:
    """End the ride of a rider who started it in the moment in which the account ended."""
    for on_closing in get_hooks().on_account_closing:
        on_closing(session, user_key)


def _try_later(payload: KeyPayload, job: RunningJob) -> None:
    again = job_statement(
        ACCOUNT_DELETION,
        payload,
        region=job.key.region,
        due_at=func.now() + PAUSE,
        job_id=uuid5(job.key.id, "again"),
    )
    execute_write(again, idempotent=True)
