"""Calls of the services and queries of feed subscriptions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func

from tests.migrations.sample_rows import AFTER, NEW_YORK, USER
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feed_subscriptions import queries, services, statements
from webapp.fleet.feed_subscriptions.models import FeedRun
from webapp.fleet.feed_subscriptions.services import NewSubscription

SUBSCRIPTION = RowKey("us-east1", UUID(int=18))
RUN = UUID(int=19)
NEW = NewSubscription(SUBSCRIPTION.id, "a.example/gbfs.json", "d1", "sealed", 300)


def _finish() -> Any:
    run = FeedRun(
        region=SUBSCRIPTION.region,
        id=RUN,
        subscription_id=SUBSCRIPTION.id,
        duration_ms=420,
        result="imported",
        problem="",
        new_count=3,
    )
    changes = {"failures": 0, "due_at": func.now() + timedelta(seconds=300)}
    return execute_write(statements.finish_run_statement(SUBSCRIPTION, run, changes))


FEEDS: dict[str, Callable[[], Any]] = {
    "subscribe to a feed": lambda: services.add_subscription(NEW_YORK, NEW),
    "pause a feed": lambda: services.pause_subscription(SUBSCRIPTION),
    "resume a feed": lambda: services.resume_subscription(SUBSCRIPTION),
    "remove a feed": lambda: services.remove_subscription(SUBSCRIPTION),
    "write the jobs of feeds that are due": lambda: execute_write(
        statements.enqueue_due_statement("us-east1")
    ),
    "run a feed now": lambda: execute_write(statements.request_run_statement(SUBSCRIPTION, RUN)),
    "run a feed by a command": lambda: execute_write(
        statements.begin_run_statement(SUBSCRIPTION, RUN)
    ),
    "keep workers from running a feed": lambda: execute_write(
        statements.lease_statement(SUBSCRIPTION, RUN)
    ),
    "give back the run of a feed": lambda: execute_write(
        statements.release_statement(SUBSCRIPTION, RUN)
    ),
    "begin the run of a feed": lambda: execute_write(
        statements.claim_run_statement(SUBSCRIPTION, RUN)
    ),
    "end the run of a feed": _finish,
    "the subscribed feeds of some cities": lambda: queries.list_subscriptions([NEW_YORK], AFTER),
    "the feeds of all cities": lambda: queries.list_all_subscriptions(),
    "a feed": lambda: queries.find_subscription(SUBSCRIPTION),
    "the city of a feed": lambda: queries.check_staff(USER, SUBSCRIPTION),
    "the runs of a feed": lambda: queries.find_runs_for_staff(USER, SUBSCRIPTION, AFTER),
    "the health of feeds": lambda: db.session.execute(queries.feed_facts_query("us-east1")),
}
