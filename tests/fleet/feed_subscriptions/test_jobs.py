"""Jobs of subscriptions: one run at a time, and the effect of one, whoever is killed or slow."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import OperationalError

from tests.fleet.feed_subscriptions.steps import (
    REGION,
    change,
    let_schedule_look,
    publish,
    read_runs,
    read_states,
    read_subscription,
    run_due,
    subscribe,
)
from tests.fleet.gbfs.feeds import FeedServer
from tests.job_steps import end_leases, run_jobs
from tests.killing import Killed, kill_at_statement
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.feed_subscriptions import runs
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.fleet.feed_subscriptions.schedules import FEEDS
from webapp.fleet.feed_subscriptions.services import (
    begin_run,
    pause_subscription,
    remove_subscription,
    request_run,
    resume_subscription,
)
from webapp.fleet.feed_subscriptions.statements import (
    FEED_IMPORT,
    LOST_RUN,
    claim_run_statement,
    enqueue_due_statement,
)
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
from webapp.ops.jobs.services import JobDecision, decide_jobs

pytestmark = pytest.mark.usefixtures("app_context")


def enqueue() -> int:
    """Write the jobs of the runs that are due; return how many."""
    return len(execute_write(enqueue_due_statement(REGION), idempotent=True))


def count_jobs(kind: str = FEED_IMPORT.name) -> int:
    query = select(func.count()).select_from(Job).where(Job.kind == kind)
    return db.session.scalar(query) or 0


@pytest.mark.slow
def test_a_run_that_is_killed_before_any_of_its_statements_is_made_up_for(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v0"))
    killed_at, is_killed = 0, True
    while is_killed:
        publish(feed_server, f"v{killed_at}", f"v{killed_at + 1}")
        change(app, due_at=func.now())
        with kill_at_statement(killed_at):
            enqueue()
            run_jobs(app)
            is_killed = False
        end_leases()
        enqueue()
        run_jobs(app)
        subscription = read_subscription(app)
        assert (subscription.run_id, subscription.failures) == (None, 0)
        assert len(read_runs(app)) == killed_at + 1
        available = {id_ for id_, state in read_states(app).items() if state == "available"}
        assert available == {f"v{killed_at}", f"v{killed_at + 1}"}
        killed_at += 1
    assert killed_at > 8


def test_two_workers_that_run_the_same_job_record_one_run(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()
    (slow,) = claim_jobs(REGION, "slow", 10)
    end_leases()
    assert run_jobs(app) == [JobOutcome.DONE]
    due_at = read_subscription(app).due_at
    run_job(app, slow)
    assert len(read_runs(app)) == 1
    assert read_subscription(app).due_at == due_at


def test_two_workers_at_the_same_time_record_one_run(app: Flask, feed_server: FeedServer) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()
    (job,) = claim_jobs(REGION, "one", 10)
    run_together(app, lambda: run_job(app, job), lambda: run_job(app, job))
    assert len(read_runs(app)) == 1
    assert read_states(app) == {"v1": "available"}
    assert read_subscription(app).run_id is None


def test_of_workers_that_look_together_one_writes_a_job(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))

    run_together(app, enqueue, enqueue, enqueue)
    assert count_jobs() == 1
    assert enqueue() == 0


def test_a_run_that_is_due_within_a_minute_gets_its_job_with_that_time(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    change(app, due_at=func.now() + text("interval '60 seconds'"))
    assert enqueue() == 1
    assert run_jobs(app) == []
    assert db.session.scalars(select(Job.due_at)).one() == read_subscription(app).due_at


def test_a_run_that_is_due_later_gets_no_job(app: Flask, feed_server: FeedServer) -> None:
    subscribe(app, publish(feed_server, "v1"))
    change(app, due_at=func.now() + text("interval '90 seconds'"))
    assert enqueue() == 0


@pytest.mark.parametrize("decide", [pause_subscription, remove_subscription])
def test_a_job_does_nothing_for_a_subscription_that_is_paused_or_removed_meanwhile(
    app: Flask, feed_server: FeedServer, decide: Any
) -> None:
    subscription = subscribe(app, publish(feed_server, "v1"))
    enqueue()
    decide(subscription.key)
    feed_server.requests.clear()
    assert run_jobs(app) == [JobOutcome.DONE]
    assert feed_server.requests == []
    assert read_runs(app) == []


def test_after_a_pause_of_a_waiting_run_it_goes_on_at_once(
    app: Flask, feed_server: FeedServer
) -> None:
    subscription = subscribe(app, publish(feed_server, "v1"))
    enqueue()
    pause_subscription(subscription.key)
    run_jobs(app)
    resume_subscription(subscription.key)
    (run,) = run_due(app)
    assert run.result == "imported"
    assert read_subscription(app).failures == 0


def test_a_run_whose_subscription_is_removed_meanwhile_ends_well(
    app: Flask, feed_server: FeedServer
) -> None:
    subscription = subscribe(app, publish(feed_server, "v1"))
    files = feed_server.answers["/vehicle_status.json"]

    def remove_and_answer() -> Any:
        with app.app_context():
            remove_subscription(subscription.key)
        return files

    feed_server.answers["/vehicle_status.json"] = remove_and_answer
    enqueue()
    assert run_jobs(app) == [JobOutcome.DONE]
    assert read_runs(app) == []


def test_while_the_database_does_not_answer_the_job_is_tried_again(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()

    def fail(*_: Any, **__: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("replica unavailable"))

    monkeypatch.setattr(runs, "is_database_outage", lambda _: True)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "import_feed", fail)
        assert run_jobs(app) == [JobOutcome.POSTPONED]
    assert read_subscription(app).run_id
    end_pauses()
    assert run_jobs(app) == [JobOutcome.DONE]
    assert [run.result for run in read_runs(app)] == ["imported"]


def test_a_job_that_has_failed_for_good_waits_for_no_admin(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()
    with db.engines["write"].begin() as connection:
        connection.execute(update(Job).values(attempts=FEED_IMPORT.max_attempts - 1))
    monkeypatch.setattr(runs, "is_database_outage", lambda _: True)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "import_feed", lambda *_, **__: 1 / 0)
        assert run_jobs(app) == [JobOutcome.FAILED]
    job = db.session.scalars(select(Job).where(Job.kind == FEED_IMPORT.name)).one()
    assert (job.failed_at, job.payload) == (None, {})
    assert job.done_at
    assert job.last_error
    assert "ZeroDivisionError" in job.last_error
    change(app, run_until=func.now())
    assert [run.result for run in run_due(app)] == ["imported"]


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("end", ["discard", "abandon", "delete"])
def test_a_feed_whose_waiting_job_is_over_gets_another_one_at_once(
    app: Flask, feed_server: FeedServer, end: str, by_hand: bool
) -> None:
    """That no run took place is no failure of the feed."""
    subscription = subscribe(app, publish(feed_server, "v1"))
    enqueue()
    (job_key,) = [RowKey(*row) for row in db.session.execute(select(Job.region, Job.id))]
    if end == "discard":
        assert decide_jobs(JobDecision.DISCARD, [job_key]) == 1
    else:
        rows = table(Job)
        ended = update(rows).values(done_at=func.now()) if end == "abandon" else delete(rows)
        execute_write(ended.returning(rows.c.id))
    assert request_run(subscription.key) if by_hand else enqueue() == 1
    assert run_jobs(app) == [JobOutcome.DONE]
    subscription = read_subscription(app)
    assert (subscription.failures, subscription.problem) == (0, "")
    assert [run.result for run in read_runs(app)] == ["imported"]


def test_a_run_that_is_under_way_without_a_job_is_not_followed_by_another(
    app: Flask, feed_server: FeedServer
) -> None:
    """It is that of a command."""
    subscription = subscribe(app, publish(feed_server, "v1"))
    with begin_run(subscription.key):
        assert enqueue() == 0
        assert not request_run(subscription.key)


def test_a_run_that_waits_for_a_worker_for_hours_is_not_lost(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()
    let_hours_pass(23)
    assert enqueue() == 0
    assert count_jobs() == 1
    assert run_jobs(app) == [JobOutcome.DONE]
    subscription = read_subscription(app)
    assert (subscription.failures, subscription.problem) == (0, "")


def test_a_run_that_began_and_has_not_ended_in_time_is_lost(
    app: Flask, feed_server: FeedServer
) -> None:
    subscription = subscribe(app, publish(feed_server, "v1"))
    enqueue()
    run_id = read_subscription(app).run_id
    assert run_id
    execute_write(claim_run_statement(subscription.key, run_id))
    let_hours_pass(1)
    assert enqueue() == 1
    subscription = read_subscription(app)
    assert (subscription.failures, subscription.problem) == (1, LOST_RUN)


def let_hours_pass(hours: int) -> None:
    passed = timedelta(hours=hours)
    values = {"due_at": FeedSubscription.due_at - passed,
              "run_until": FeedSubscription.run_until - passed}  # fmt: skip
    execute_write(update(FeedSubscription).values(values))


def test_a_run_whose_subscription_moves_while_it_waits_is_done_in_the_new_region(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()
    change(app, region="us-west1")
    assert run_jobs(app) == [JobOutcome.DONE]
    assert read_subscription(app).run_id is None
    (run,) = read_runs(app)
    assert (run.region, run.problem) == ("us-west1", "The city is moving to another region.")


def test_without_a_run_that_is_due_the_schedule_writes_no_job(
    app: Flask, feed_server: FeedServer
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    pause = func.now() + text("interval '90 seconds'")
    change(app, due_at=pause)
    let_schedule_look()
    assert count_jobs(FEEDS.kind.name) == 0
    change(app, due_at=func.now())
    let_schedule_look()
    assert count_jobs(FEEDS.kind.name) == 1


def end_pauses() -> None:
    with db.engines["write"].begin() as connection:
        connection.execute(text("UPDATE jobs SET due_at = now()"))


def test_a_worker_that_dies_while_it_reads_leaves_nothing_behind(
    app: Flask, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(app, publish(feed_server, "v1"))
    enqueue()

    def die(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(runs, "read_feed", die)
        with pytest.raises(Killed):
            run_jobs(app)
    end_leases()
    assert run_jobs(app) == [JobOutcome.DONE]
    assert len(read_runs(app)) == 1
