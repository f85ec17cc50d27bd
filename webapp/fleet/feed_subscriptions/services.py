"""What operators and staff decide about subscriptions. Each decision is an audit event."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CTE, ColumnElement, and_, delete, func, null, select, update

from webapp.audit.changes import RecordedChange, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.feed_subscriptions.errors import FeedBusy, FeedSubscribed
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription
from webapp.fleet.feed_subscriptions.statements import (
    begin_run_statement,
    city_condition,
    lease_statement,
    release_statement,
    request_run_statement,
)
from webapp.regions.models import City

#: Runs that one statement deletes.
BATCH_SIZE = 500


@dataclass(frozen=True)
class NewSubscription:
    """What an operator says about a subscription: columns of FeedSubscription."""

    id: UUID
    source: str
    digest: str
    access: str
    period_s: int
    allows_private: bool = False
    default_type: str | None = None


def add_subscription(city: City, new: NewSubscription, why: str = "") -> RowKey:
    """Subscribe a city to a feed; its first run is due at once. Raises FeedSubscribed."""
    subscriptions = table(FeedSubscription)
    added = (
        insert(subscriptions)
        .values(region=city.region, city=city.name, **vars(new))
        .on_conflict_do_nothing(index_elements=["region", "city", "digest"])
        .returning(*(subscriptions.c[name] for name in _EVENT_COLUMNS))
        .cte("added")
    )
    change = RecordedChange(None, {"source": new.source, "period_s": new.period_s}, why)
    event = _event(AuditKind.FEED_SUBSCRIBED, added, change)
    # Not idempotent: a second attempt would find the row of the first, and refuse.
    if not execute_write(select(added.c.id).add_cte(event)):
        raise FeedSubscribed
    return RowKey(city.region, new.id)


def pause_subscription(
    subscription_key: RowKey, city_names: Collection[str] | None = None, why: str = ""
) -> bool:
    """Pause a subscription of one of some cities, or of any; return False if it is paused, gone, or
    of another city. A run that is under way ends."""
    is_active = and_(table(FeedSubscription).c.paused_at.is_(None), city_condition(city_names))
    return _set_paused_at(AuditKind.FEED_PAUSED, subscription_key, is_active, func.now(), why)


def resume_subscription(
    subscription_key: RowKey, city_names: Collection[str] | None = None, why: str = ""
) -> bool:
    """Resume a subscription of one of some cities, or of any, with a run at once; return False if
    it was not paused, is gone, or of another city."""
    is_paused = and_(table(FeedSubscription).c.paused_at.is_not(None), city_condition(city_names))
    return _set_paused_at(AuditKind.FEED_RESUMED, subscription_key, is_paused, null(), why)


def _set_paused_at(
    kind: AuditKind,
    subscription_key: RowKey,
    condition: ColumnElement[bool],
    paused_at: ColumnElement[Any],  # Any: a time or NULL
    why: str,
) -> bool:
    subscriptions = table(FeedSubscription)
    changed = (
        update(subscriptions)
        .where(key_condition(subscriptions, subscription_key), condition)
        .values(paused_at=paused_at, due_at=func.now())
        .returning(*(subscriptions.c[name] for name in _EVENT_COLUMNS))
        .cte("changed")
    )
    is_paused = kind is AuditKind.FEED_PAUSED
    change = RecordedChange({"is_paused": not is_paused}, {"is_paused": is_paused}, why)
    event = _event(kind, changed, change)
    return bool(execute_write(select(changed.c.id).add_cte(event), idempotent=True))


def request_run(
    subscription_key: RowKey, city_names: Collection[str] | None = None, why: str = ""
) -> bool:
    """Let a worker run a subscription of one of some cities, or of any, now; return False if a run
    waits or is under way, or it is paused, gone, or of another city."""
    statement = request_run_statement(subscription_key, uuid4(), city_names, why)
    return bool(execute_write(statement, idempotent=True))


@contextmanager
def begin_run(subscription_key: RowKey) -> Iterator[UUID]:
    """Give the lease of a run to a command, which gets the id of the run. Raises FeedBusy."""
    run_id = uuid4()
    if not execute_write(begin_run_statement(subscription_key, run_id), idempotent=True):
        raise FeedBusy
    try:
        yield run_id
    finally:  # of a command that was interrupted
        execute_write(release_statement(subscription_key, run_id), idempotent=True)


def block_runs(subscription_key: RowKey) -> None:
    """Keep workers from running a subscription that is about to be removed, so that none writes its
    vehicles after these are removed. Raises FeedBusy if a run is under way, or it is gone."""
    if not execute_write(lease_statement(subscription_key, uuid4()), idempotent=True):
        raise FeedBusy


def remove_subscription(subscription_key: RowKey, why: str = "") -> bool:
    """Delete a subscription with its runs; return False if it is gone. Its vehicles stay."""
    runs, subscriptions = table(FeedRun), table(FeedSubscription)
    is_run = key_condition(runs, subscription_key, id="subscription_id")
    batch = select(runs.c.id).where(is_run).limit(BATCH_SIZE)
    statement = delete(runs).where(is_run, runs.c.id.in_(batch)).returning(runs.c.id)
    while execute_write(statement, idempotent=True):
        pass
    removed = (
        delete(subscriptions)
        .where(key_condition(subscriptions, subscription_key))
        .returning(*(subscriptions.c[name] for name in (*_EVENT_COLUMNS, "source", "period_s")))
        .cte("removed")
    )
    change = RecordedChange(select_values(removed, "source", "period_s"), None, why)
    event = _event(AuditKind.FEED_REMOVED, removed, change)
    return bool(execute_write(select(removed.c.id).add_cte(event), idempotent=True))


#: What an audit event needs of a subscription.
_EVENT_COLUMNS = ("region", "id", "city")


def _event(kind: AuditKind, rows: CTE, change: RecordedChange) -> CTE:
    audit_event = audit_event_statement(
        kind,
        subject=audit_subject("feed", cte_key(rows)),
        after=rows,
        region=rows.c.region,
        city=rows.c.city,
        change=change,
    )
    return as_cte(audit_event)
