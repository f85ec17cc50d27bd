"""A city that moves with the command while a run of its feed waits."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.fleet.feed_subscriptions.steps import (
    REGION,
    change,
    publish,
    read_runs,
    read_states,
    read_subscription,
    subscribe,
)
from tests.fleet.gbfs.feeds import FeedServer
from tests.job_steps import run_jobs
from tests.regions.conftest import MoveCity, move, run  # noqa: F401 - fixtures
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.statements import enqueue_due_statement
from webapp.fleet.models import Vehicle
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize("is_due", [True, False])
def test_a_feed_whose_city_moves_while_a_run_waits_is_imported_in_the_new_region(
    app: Flask,
    feed_server: FeedServer,
    move: MoveCity,  # noqa: F811 - the fixture
    is_due: bool,
) -> None:
    """Neither the worker of the old region nor that of the new one writes to the old one."""
    subscribe(app, publish(feed_server, "v1"))
    execute_write(enqueue_due_statement(REGION), idempotent=True)
    if not is_due:
        execute_write(update(Job).values(due_at=func.now() + timedelta(minutes=1)))
    result = move("us-west1", city="new york")
    assert "1 feed subscriptions" in result.output, result.output
    assert set(run_jobs(app)) <= {JobOutcome.DONE}
    change(app, due_at=func.now())
    execute_write(enqueue_due_statement("us-west1"), idempotent=True)
    execute_write(update(Job).values(due_at=func.now()))
    assert set(run_jobs(app)) == {JobOutcome.DONE}
    subscription = read_subscription(app)
    assert (subscription.region, subscription.run_id) == ("us-west1", None)
    assert (subscription.failures, subscription.problem) == (0, "")
    assert read_runs(app)[0].result == "imported"
    assert set(db.session.scalars(select(Vehicle.region))) == {"us-west1"}
    assert set(read_states(app).values()) == {"available"}
