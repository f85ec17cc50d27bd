"""Calls of the statements of workers, and of what admins see and decide."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Executable

from tests.migrations.sample_rows import AFTER
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.kinds import RunningJob
from webapp.jobs.models import Job
from webapp.jobs.queue import (
    bind_claim,
    bind_start,
    claim_statement,
    discard_statement,
    fail_statement,
    finish_statement,
    postpone_statement,
    renew_statement,
    requeue_statement,
    retry_statement,
    start_statement,
)
from webapp.ops.jobs import queries, services
from webapp.ops.jobs.enums import JobState
from webapp.ops.jobs.services import JobDecision, decide_failed_jobs, decide_jobs

REGION, LEASE = "us-east1", timedelta(seconds=60)
JOB = RunningJob(
    key=RowKey(REGION, UUID(int=16)),
    kind="mail",
    payload={},
    lease="host 1f 2e",
    attempt=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def _list(state: JobState, kind: str = "") -> Executable:
    return queries.list_query(REGION, queries.JobFilter([REGION], state, kind), AFTER, 31)


JOBS: dict[str, Callable[[], Any]] = {
    "claim jobs": lambda: execute_write(
        claim_statement(), bind_claim(REGION, JOB.lease, ["mail", "receipt"], LEASE, 4)
    ),
    "start a job that was dispatched": lambda: execute_write(
        start_statement(), bind_start(JOB.key, JOB.lease, "host 2f 3e", ["mail", "receipt"], LEASE)
    ),
    "requeue jobs that could not be dispatched": lambda: execute_write(
        requeue_statement(REGION, [JOB, JOB], for_dispatch=True)
    ),
    "renew the leases of jobs": lambda: execute_write(renew_statement(REGION, [JOB, JOB], LEASE)),
    "finish a job": lambda: execute_write(finish_statement(JOB)),
    "postpone a job": lambda: execute_write(postpone_statement(JOB, "MailNotSent", LEASE)),
    "give up a job": lambda: execute_write(fail_statement(JOB, "MailNotSent")),
    "requeue jobs that run": lambda: execute_write(requeue_statement(REGION, [JOB])),
    "retry a job": lambda: execute_write(retry_statement(key_condition(Job, JOB.key))),
    "discard a job": lambda: execute_write(discard_statement(key_condition(Job, JOB.key))),
    "retry jobs as an admin": lambda: decide_jobs(JobDecision.RETRY, [JOB.key]),
    "the last failure of a kind": lambda: decide_failed_jobs(
        JobDecision.DISCARD, REGION, services.is_of_kind_condition("mail"), 1000
    ),
    "discard the failed jobs of a kind": lambda: services._decide(
        JobDecision.DISCARD,
        REGION,
        services._failed_condition(
            REGION, services.is_of_kind_condition("mail"), JOB.created_at, 500
        ),
        "",
    ),
    "the last failure of a mail that the server did not take": lambda: decide_failed_jobs(
        JobDecision.RETRY, REGION, services.is_unsent_condition(), 1000
    ),
    "count jobs by kind": lambda: db.session.execute(queries.counts_query(REGION)),
    "jobs that wait": lambda: db.session.execute(_list(JobState.WAITING)),
    "jobs of a kind that failed": lambda: db.session.execute(_list(JobState.FAILED, "mail")),
    "a job": lambda: queries.find_job(JOB.key),
}
