"""What admins decide about jobs. Each decision is an audit event of the job."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from itertools import groupby
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.kinds import NoPayload
from webapp.jobs.models import Job
from webapp.jobs.queue import discard_statement, retry_statement
from webapp.jobs.schedules import Schedule
from webapp.jobs.writing import job_cte, job_statement
from webapp.mail import is_server_error_condition


def run_schedule(schedule: Schedule, region: str) -> RowKey:
    """Write a job of a schedule that is due now, beside those that it writes by itself."""
    job_id = uuid4()
    job = job_statement(schedule.kind, NoPayload(), region=region, job_id=job_id)
    audit_event = audit_event_statement(
        AuditKind.JOB_ADDED, subject=audit_subject("job", RowKey(region, job_id)), region=region
    )
    execute_write(audit_event.add_cte(job_cte(job)), idempotent=True)
    return RowKey(region, job_id)


#: Jobs that one statement changes, so that no other one waits long.
BATCH = 500


class JobDecision(Enum):
    """What becomes of jobs."""

    #: They run again, now, with all attempts before them.
    RETRY = "retry"
    #: They are done without having run.
    DISCARD = "discard"


def decide_jobs(decision: JobDecision, job_keys: Iterable[RowKey], why: str = "") -> int:
    """Retry or discard jobs; return how many. Those that a worker has, that are done or that do not
    exist stay as they are. One statement for each region."""
    count = 0
    for region, keys in groupby(sorted(set(job_keys)), lambda key: key.region):
        count += _decide(decision, region, table(Job).c.id.in_([key.id for key in keys]), why)
    return count


def decide_failed_jobs(
    decision: JobDecision, region: str, chosen: ColumnElement[bool], limit: int, why: str = ""
) -> int:
    """Retry or discard the failed jobs of a region that are chosen, the oldest first; return how
    many.

    chosen: selects jobs, such as ``is_of_kind_condition``.
    limit: the most that are changed. Those that are retried and fail again meanwhile are not.
    """
    count = 0
    last_failed_at = db.session.scalars(_last_failure_query(region, chosen)).one()
    while last_failed_at and count < limit:
        failed = _failed_condition(region, chosen, last_failed_at, limit - count)
        changed = _decide(decision, region, failed, why)
        if not changed:
            break
        count += changed
    return count


def is_of_kind_condition(kind: str) -> ColumnElement[bool]:
    return table(Job).c.kind == kind


def is_unsent_condition() -> ColumnElement[bool]:
    """Select the mails of all kinds that the mail server did not take."""
    return is_server_error_condition(table(Job).c.last_error)


def _last_failure_query(region: str, chosen: ColumnElement[bool]) -> Select[tuple[datetime | None]]:
    jobs = table(Job).c
    return select(func.max(jobs.failed_at)).where(
        jobs.region == region, jobs.failed_at.is_not(None), chosen
    )


def _failed_condition(
    region: str, chosen: ColumnElement[bool], last_failed_at: datetime, limit: int
) -> ColumnElement[bool]:
    jobs = table(Job).c
    failed = (
        select(jobs.id)
        .where(jobs.region == region, jobs.failed_at <= last_failed_at, chosen)
        .order_by(jobs.failed_at.nulls_last(), jobs.id)
        .limit(min(limit, BATCH))
    )
    return and_(jobs.failed_at.is_not(None), jobs.id.in_(failed))


#: By decision: the statement, and the event.
_STATEMENTS: dict[
    JobDecision,
    tuple[Callable[[ColumnElement[bool]], ReturningUpdate[tuple[str, UUID, str]]], AuditKind],
] = {
    JobDecision.RETRY: (retry_statement, AuditKind.JOB_RETRIED),
    JobDecision.DISCARD: (discard_statement, AuditKind.JOB_DISCARDED),
}


def _decide(decision: JobDecision, region: str, chosen: ColumnElement[bool], why: str) -> int:
    statement, event_kind = _STATEMENTS[decision]
    changed = statement(and_(table(Job).c.region == region, chosen)).cte("changed")
    audit_event = audit_event_statement(
        event_kind,
        subject=audit_subject("job", cte_key(changed)),
        after=changed,
        for_each=changed.c.id,
        why=why,
    )
    rows = execute_write(select(changed.c.id).add_cte(as_cte(audit_event)), idempotent=True)
    return len(rows)
