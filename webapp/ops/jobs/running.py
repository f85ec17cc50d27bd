"""Claiming and running jobs, and recording what became of it."""

import logging
import random
import traceback
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from socket import gethostname
from typing import Any
from uuid import uuid4

from flask import Flask, current_app
from werkzeug.utils import import_string

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write, is_database_outage
from webapp.errors import DomainError
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobHandler, PermanentJobError, Priority, RunningJob
from webapp.jobs.queue import (
    MAX_ERROR_LENGTH,
    abandon_statement,
    bind_claim,
    bind_start,
    claim_statement,
    fail_statement,
    finish_statement,
    postpone_statement,
    read_claimed_job,
    renew_statement,
    start_statement,
    supersede_statement,
)
from webapp.mail import MailNotSent
from webapp.observability.error_reports import report_error
from webapp.observability.logs import with_fields
from webapp.observability.runs import observe_job

log = logging.getLogger(__name__)

#: Errors whose texts name nobody, and are shown to admins.
SAFE_ERROR_TYPES = (PermanentJobError, MailNotSent)
PACKAGE = Path(__file__).parents[2]


class JobOutcome(StrEnum):
    """What became of a job that was run."""

    DONE = "done"
    #: It is run again later.
    POSTPONED = "postponed"
    #: An admin decides what becomes of it, if its kind needs that.
    FAILED = "failed"


def claim_jobs(
    region: str,
    worker: str,
    limit: int,
    priorities: Iterable[Priority] = Priority,
    *,
    for_dispatch: bool = False,
) -> list[RunningJob]:
    """Claim some due jobs of a region, of the kinds that this release knows: while releases change,
    workers of both run.

    for_dispatch: whether they are dispatched to a worker, which calls ``start_job``.
    """
    lease, kinds, duration = (
        _make_lease(worker),
        list(get_hooks().job_kinds),
        _read_lease_duration(),
    )
    values = bind_claim(
        region, lease, kinds, duration, limit, priorities, for_dispatch=for_dispatch
    )
    rows = execute_write(claim_statement(), values, read_committed=True)
    return [read_claimed_job(row) for row in rows]


def start_job(job_key: RowKey, dispatch_lease: str, worker: str) -> RunningJob | None:
    """Start a job that was claimed by ``dispatch_lease``, and count the attempt; None if that
    lease is not the job's any more, or this release does not know its kind."""
    kinds = list(get_hooks().job_kinds)
    values = bind_start(job_key, dispatch_lease, _make_lease(worker), kinds, _read_lease_duration())
    rows = execute_write(start_statement(), values, read_committed=True)
    return read_claimed_job(rows[0]) if rows else None


def renew_leases(region: str, jobs: Collection[RunningJob]) -> None:
    """Renew the leases of jobs of a region that are still the worker's."""
    statement = renew_statement(region, jobs, _read_lease_duration())
    execute_write(statement, idempotent=True, read_committed=True)


def _read_lease_duration() -> timedelta:
    """Return how long a lease lasts, at least."""
    return timedelta(seconds=current_app.config["WORK_LEASE_S"])


def _make_lease(worker: str) -> str:
    return f"{worker} {uuid4().hex[:8]}"


def run_job(app: Flask, job: RunningJob) -> JobOutcome:
    """Run a job and record what became of it. Its errors are logged and recorded.

    Raises the errors of the database if that can't be recorded: then the job is run again.
    """
    with app.app_context():
        outcome, reason = _try_job(job)
        _record(job, outcome, reason)
        if outcome is not JobOutcome.DONE:
            fields = with_fields(job=job.kind, job_id=str(job.key.id), attempt=job.attempt)
            log.warning("job %s: %s", outcome, reason, extra=fields)
    return outcome


def run_due_jobs(app: Flask, regions: Iterable[str]) -> list[JobOutcome]:
    """Run all jobs of some regions that are due, one after the other; return their outcomes."""
    outcomes: list[JobOutcome] = []
    worker = make_worker_name()
    for region in regions:
        while True:
            with app.app_context():
                jobs = claim_jobs(region, worker, limit=1)  # no lease is renewed here
            if not jobs:
                break
            outcomes += [run_job(app, job) for job in jobs]
    return outcomes


@contextmanager
def surviving_errors(app: Flask) -> Iterator[None]:
    """Within, in an application context, a step of a worker may fail: what was not written is done
    again later, or when a lease ends. Defects are reported."""
    with app.app_context():
        try:
            yield
        except Exception as error:
            if is_defect(error):
                report_error(error)
            else:
                log.warning("the database does not answer the worker: %s", type(error).__name__)


def is_defect(error: Exception) -> bool:
    """Tell whether only a change of the code can mend an error: it is not an outage of the database
    or of a service, and no rule that refuses."""
    return not isinstance(error, (*SAFE_ERROR_TYPES, DomainError)) and not is_database_outage(error)


def make_worker_name() -> str:
    """Return a name that no other worker has, and that says where it runs."""
    return f"{gethostname()[:40]} {uuid4().hex[:8]}"


def _try_job(job: RunningJob) -> tuple[JobOutcome, str]:
    """Return what became of the job, and why: '' if it is done."""
    runnable = get_hooks().job_kinds[job.kind]
    kind = runnable.kind
    is_last = job.attempt >= kind.max_attempts
    if job.attempt > kind.max_attempts:  # a worker started the last attempt, and never ended it
        return JobOutcome.FAILED, "the worker ended while it ran the job"
    try:
        with observe_job(job.kind, str(job.key.id), job.trace or "", job.request_id or ""):
            _call(_find_handler(runnable.handler), kind.load(job.payload), job)
    except PermanentJobError as error:
        return JobOutcome.FAILED, describe_error(error)
    except Exception as error:
        return JobOutcome.FAILED if is_last else JobOutcome.POSTPONED, describe_error(error)
    return JobOutcome.DONE, ""


def _find_handler(handler: str | JobHandler[Any]) -> JobHandler[Any]:
    found: JobHandler[Any] = import_string(handler) if isinstance(handler, str) else handler
    return found


def _call(handler: JobHandler[Any], payload: Any, job: RunningJob) -> None:
    """Run the handler. A defect is reported at each attempt: reporters limit themselves."""
    try:
        handler(payload, job)
    except Exception as error:
        if is_defect(error):
            report_error(error)
        raise


def _record(job: RunningJob, outcome: JobOutcome, error: str) -> None:
    match outcome:
        case JobOutcome.DONE:
            statement = finish_statement(job)
        case JobOutcome.POSTPONED:
            statement = postpone_statement(job, error, _pause(job.attempt))
        case JobOutcome.FAILED:
            needs_admin = get_hooks().job_kinds[job.kind].kind.needs_admin_if_failed
            statement = (fail_statement if needs_admin else abandon_statement)(job, error)
    if not execute_write(statement, idempotent=True, read_committed=True):
        fields = with_fields(job=job.kind, job_id=str(job.key.id), attempt=job.attempt)
        log.warning(
            "a job was not recorded as %s: its lease has ended, or it was deleted",
            outcome,
            extra=fields,
        )
    elif outcome is JobOutcome.DONE and _makes_up_for_failures(job.kind):
        execute_write(supersede_statement(job), idempotent=True, read_committed=True)


def _makes_up_for_failures(kind: str) -> bool:
    return any(
        schedule.makes_up_for_failures
        for schedule in get_hooks().schedules
        if schedule.kind.name == kind
    )


def _pause(attempt: int) -> timedelta:
    """Return how long a job waits after an attempt: twice as long each time, with jitter, so that
    many that failed together do not come back together."""
    most_s = min(2.0 ** min(attempt - 1, 30), current_app.config["WORK_MAX_PAUSE_S"])
    return timedelta(seconds=most_s * random.uniform(0.5, 1))  # noqa: S311 - not a secret


def describe_error(error: Exception) -> str:
    """Return the kind of an error and where in our code it was raised. Not its text, which may hold
    what people typed, unless that is known to be harmless."""
    text = type(error).__name__
    if isinstance(error, SAFE_ERROR_TYPES):
        return f"{text}: {error}"[:MAX_ERROR_LENGTH]
    if isinstance(error, DomainError):
        return f"{text}: {error.message}"[:MAX_ERROR_LENGTH]
    frames = traceback.extract_tb(error.__traceback__)
    deepest = next((each for each in reversed(frames) if _is_ours(each.filename)), None)
    place = f" in {Path(deepest.filename).relative_to(PACKAGE)}:{deepest.lineno}" if deepest else ""
    return f"{text}{place}"[:MAX_ERROR_LENGTH]


def _is_ours(filename: str) -> bool:
    return Path(filename).is_relative_to(PACKAGE)
