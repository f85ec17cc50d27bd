"""The statements of runs. Each decides and acts at once, by the database's clock.

``run_id`` is the id of the job that has the subscription, from the moment when the job is written
to the end of its run; ``run_until`` is the end of its lease. So no two runs of a subscription are
under way, and none waits twice, however many workers look.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.feed_subscriptions.enums import RunResult
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.models import Job
from webapp.jobs.queue import is_open_condition
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query, key_payload

#: A run; by ``import_subscribed_feed`` in jobs.py. It has few attempts, because the subscription
#: itself tries again: they are for crashes, and for a database that does not answer.
FEED_IMPORT = JobKind(
    "feed_import",
    KeyPayload,
    Priority.LOW,
    max_attempts=3,
    max_run_s=900,
    needs_admin_if_failed=False,
)
#: The lease of a run that is under way: longer than its job may take.
LEASE = timedelta(minutes=20)
#: The lease of a run that waits for a worker, from the time when it is due. It is much longer than
#: LEASE: a run that waits is not a lost one, and a second job would not run sooner.
WAITING_LEASE = timedelta(days=1)
#: Jobs of runs are written so long before these are due: the schedule looks once a minute.
LOOK_AHEAD = timedelta(seconds=75)
#: Subscriptions that one statement takes.
BATCH_SIZE = 100
#: Why a run was not good that never ended.
LOST_RUN = "The run did not end: its worker was stopped, it took too long, or no worker began it."


def enqueue_due_statement(region: str) -> Select[tuple[UUID]]:
    """Return the statement that writes the jobs of some runs that are due in a region. It returns
    the ids of their subscriptions."""
    subscriptions = table(FeedSubscription)
    due_at = func.greatest(subscriptions.c.due_at, func.now())
    is_lost = subscriptions.c.run_until <= func.now()
    due = (
        update(subscriptions)
        .where(
            subscriptions.c.region == region,
            subscriptions.c.id.in_(due_query(region)),
            is_free_condition(),
        )
        .values(
            run_id=func.gen_random_uuid(),
            run_until=due_at + WAITING_LEASE,
            due_at=due_at,
            failures=subscriptions.c.failures + case((is_lost, 1), else_=0),
            last_result=case((is_lost, RunResult.FAILED.value), else_=subscriptions.c.last_result),
            problem=case((is_lost, LOST_RUN), else_=subscriptions.c.problem),
        )
        .returning(*(subscriptions.c[name] for name in ("region", "id", "run_id", "due_at")))
        .cte("due")
    )
    return select(due.c.id).add_cte(_jobs_cte(due, due.c.due_at))


def due_query(region: str) -> Select[tuple[UUID]]:
    """Return the query of the ids of some subscriptions of a region whose runs are due."""
    subscriptions = table(FeedSubscription).c
    return (
        select(subscriptions.id)
        .where(
            subscriptions.region == region,
            subscriptions.paused_at.is_(None),
            subscriptions.due_at <= func.now() + LOOK_AHEAD,
            is_free_condition(),
        )
        .order_by(subscriptions.due_at)
        .limit(BATCH_SIZE)
    )


def is_free_condition() -> ColumnElement[bool]:
    """Select the subscriptions of which no run waits or is under way. None waits whose job is over:
    an admin has discarded it, or it was given up before it began. Nor whose job is in the region
    that the city has left."""
    subscriptions, jobs = table(FeedSubscription).c, table(Job)
    is_of_run = and_(jobs.c.region == subscriptions.region, jobs.c.id == subscriptions.run_id)
    has_job = exists().where(is_of_run, is_open_condition())
    return or_(
        subscriptions.run_until.is_(None),
        subscriptions.run_until <= func.now(),
        and_(_has_waiting_lease_condition(), ~has_job),
    )


def is_not_under_way_condition() -> ColumnElement[bool]:
    """Select the subscriptions of which no run is under way; one may wait."""
    return or_(is_free_condition(), _has_waiting_lease_condition())


def _has_waiting_lease_condition() -> ColumnElement[bool]:
    """A lease that ends so late is that of a run that waits. Twice the lease of a run that is under
    way, because the clocks of a cluster's nodes differ."""
    return table(FeedSubscription).c.run_until > func.now() + 2 * LEASE


def city_condition(city_names: Collection[str] | None) -> ColumnElement[bool]:
    """Select the subscriptions of some cities; None: of all."""
    city = table(FeedSubscription).c.city
    return true() if city_names is None else city.in_(city_names)


def _jobs_cte(rows: CTE, due_at: ColumnElement[datetime] | None = None) -> CTE:
    """Write a job for each row, a subscription with its new ``run_id``."""
    jobs = jobs_from_rows_query(
        FEED_IMPORT,
        key_payload(rows),
        rows=rows,
        region=rows.c.region,
        due_at=due_at,
        job_id=rows.c.run_id,
    )
    return insert_jobs_cte(jobs)


def request_run_statement(
    subscription_key: RowKey,
    run_id: UUID,
    city_names: Collection[str] | None = None,
    why: str = "",
) -> Select[tuple[UUID]]:
    """Return the statement that writes the job of a run now. No row: the subscription is paused or
    gone, of another city, or a run waits or is under way.

    city_names: None: of any city.
    """
    subscriptions = table(FeedSubscription)
    is_idle = and_(
        subscriptions.c.paused_at.is_(None), is_free_condition(), city_condition(city_names)
    )
    reserved = _reserve_statement(subscription_key, run_id, is_idle, WAITING_LEASE).cte("reserved")
    audit_event = _requested_event(subscription_key, reserved, why)
    return select(reserved.c.id).add_cte(_jobs_cte(reserved)).add_cte(audit_event)


def begin_run_statement(subscription_key: RowKey, run_id: UUID) -> Select[tuple[UUID]]:
    """Return the statement by which a command begins a run, also of a paused subscription. No row:
    the subscription is gone, or a run is under way."""
    reserved = lease_statement(subscription_key, run_id).cte("reserved")
    return select(reserved.c.id).add_cte(_requested_event(subscription_key, reserved))


def lease_statement(
    subscription_key: RowKey, run_id: UUID
) -> ReturningUpdate[Any]:  # Any: the columns differ in type
    """Return the statement that keeps workers from running a subscription. The job of a run that
    waits finds nothing to do then. No row: the subscription is gone, or a run is under way."""
    return _reserve_statement(subscription_key, run_id, is_not_under_way_condition(), LEASE)


def release_statement(subscription_key: RowKey, run_id: UUID) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that ends the lease of a run that was not finished."""
    subscriptions = table(FeedSubscription)
    return (
        update(subscriptions)
        .where(key_condition(subscriptions, subscription_key), subscriptions.c.run_id == run_id)
        .values(run_id=null(), run_until=null())
        .returning(subscriptions.c.id)
    )


def _reserve_statement(
    subscription_key: RowKey, run_id: UUID, condition: ColumnElement[bool], lease: timedelta
) -> ReturningUpdate[Any]:  # Any: the columns differ in type
    subscriptions = table(FeedSubscription)
    return (
        update(subscriptions)
        .where(
            key_condition(subscriptions, subscription_key),
            # Its own: a second attempt after a lost answer.
            or_(condition, subscriptions.c.run_id == run_id),
        )
        .values(run_id=run_id, run_until=func.now() + lease)
        .returning(*(subscriptions.c[name] for name in ("region", "id", "run_id", "city")))
    )


def _requested_event(subscription_key: RowKey, reserved: CTE, why: str = "") -> CTE:
    subject = audit_subject("feed", subscription_key)
    return as_cte(
        audit_event_statement(
            AuditKind.FEED_RUN_REQUESTED,
            subject=subject,
            after=reserved,
            region=reserved.c.region,
            city=reserved.c.city,
            why=why,
        )
    )


def claim_run_statement(
    subscription_key: RowKey, run_id: UUID
) -> ReturningUpdate[tuple[FeedSubscription]]:
    """Return the statement that renews the lease of a run that begins. It returns the subscription,
    if this run has it. Of a paused one the run ends instead."""
    goes_on = FeedSubscription.paused_at.is_(None)
    return (
        update(FeedSubscription)
        .where(key_condition(FeedSubscription, subscription_key), FeedSubscription.run_id == run_id)
        .values(
            run_id=case((goes_on, FeedSubscription.run_id), else_=null()),
            run_until=case((goes_on, func.now() + LEASE), else_=null()),
        )
        .returning(FeedSubscription)
        .execution_options(synchronize_session=False)
    )


def finish_run_statement(
    subscription_key: RowKey, run: FeedRun, changes: dict[str, Any]
) -> Select[tuple[UUID]]:
    """Return the statement that records a run, once, and what follows for its subscription. No row:
    the run has lost its lease, or was recorded before.

    changes: of the columns of the subscription. Any: their types differ.
    """
    runs, subscriptions = table(FeedRun), table(FeedSubscription)
    columns = {
        column.name: literal(value, column.type)
        for column in runs.c
        if (value := getattr(run, column.name)) is not None
    }
    recorded = (
        insert(runs)
        .from_select(
            list(columns),
            select(*columns.values())
            .select_from(subscriptions)
            .where(key_condition(subscriptions, subscription_key)),
        )
        .on_conflict_do_nothing()
        .returning(runs.c.id)
        .cte("recorded")
    )
    changed = (
        update(subscriptions)
        .where(key_condition(subscriptions, subscription_key), subscriptions.c.run_id == run.id)
        .values(run_id=null(), run_until=null(), **changes)
        .returning(subscriptions.c.id)
        .cte("changed")
    )
    return select(changed.c.id).add_cte(recorded)
