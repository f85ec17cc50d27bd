"""Jobs of feed subscriptions."""

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.fleet.feed_subscriptions.runs import run_subscription
from webapp.fleet.feed_subscriptions.statements import (
    BATCH_SIZE,
    claim_run_statement,
    enqueue_due_statement,
)
from webapp.jobs.kinds import KeyPayload, NoPayload, RunningJob


def enqueue_due_feeds(_: NoPayload, job: RunningJob) -> None:
    """Write the jobs of the runs that are due in the region."""
    statement = enqueue_due_statement(job.key.region)
    while len(execute_write(statement, idempotent=True)) == BATCH_SIZE:
        pass


def import_subscribed_feed(subscription: KeyPayload, job: RunningJob) -> None:
    """Run a subscription, unless it is paused or removed, or another run has it. It may have moved
    with its city while the job waited."""
    query = select(FeedSubscription.region)
    row = find_in_any_region(query, FeedSubscription, subscription.key)
    if row is None:
        return
    statement = claim_run_statement(RowKey(row.region, subscription.id), job.key.id)
    for (claimed,) in execute_write(statement, idempotent=True):
        if claimed.run_id:
            run_subscription(claimed, job.key.id)
