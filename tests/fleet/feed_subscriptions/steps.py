"""Subscriptions for tests: a feed that a local server publishes, and steps with its runs."""

from datetime import timedelta
from typing import Any

from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update

from tests.fleet.commands import check_result
from tests.fleet.gbfs.feeds import FeedServer, feed, vehicle
from tests.job_steps import run_jobs
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription
from webapp.fleet.feed_subscriptions.schedules import FEEDS
from webapp.fleet.models import Vehicle
from webapp.jobs.models import JobSchedule
from webapp.jobs.schedules import enqueue_due_statement
from webapp.ops.jobs.running import JobOutcome

REGION = "us-east1"
SECRET = "s3cr3t-k1"


def publish(feed_server: FeedServer, *ids: str, system: str = "acme_nyc", ttl: int = 0) -> str:
    """Let the server publish these vehicles; return the URL of the feed."""
    files = feed([vehicle(id_) for id_ in ids], system=system)
    files["vehicle_status.json"]["ttl"] = ttl
    feed_server.answers |= {f"/{name}": file for name, file in files.items()}
    feed_server.etags = {f"/{name}": f'"{name} {"-".join(ids)}"' for name in files}
    return f"{feed_server.url}/gbfs.json"


def feeds(app: Flask, *arguments: str) -> Result:
    """Run ``flask fleet feeds``; it does not crash."""
    return check_result(app.test_cli_runner().invoke(args=["fleet", "feeds", *arguments]))


def subscribe(app: Flask, url: str, *options: str, city: str = "new york") -> FeedSubscription:
    """Subscribe a city to the feed of a test server; return the subscription."""
    result = feeds(app, "add", url, "--city", city, "--allow-private", *options)
    assert result.exit_code == 0, result.output
    return read_subscription(app)


def run_due(app: Flask, region: str = REGION) -> list[FeedRun]:
    """Let the next run be due, and run it as a worker does; return all runs, oldest first."""
    change(app, due_at=func.now())
    with app.app_context():
        let_schedule_look(region)
    outcomes = run_jobs(app)
    assert set(outcomes) <= {JobOutcome.DONE}, outcomes
    return read_runs(app)


def let_schedule_look(region: str = REGION) -> None:
    """Let the schedule of feeds be due, and no other; it writes its job if a feed is due."""
    execute_write(update(JobSchedule).values(due_at=func.now() - timedelta(seconds=1)))
    execute_write(enqueue_due_statement(region, [FEEDS]))


def change(app: Flask, **values: Any) -> None:
    """Set columns of all subscriptions."""
    with app.app_context():
        execute_write(update(FeedSubscription).values(values))


def read_subscription(app: Flask) -> FeedSubscription:
    with app.app_context():
        return db.session.scalars(select(FeedSubscription)).one()


def read_runs(app: Flask) -> list[FeedRun]:
    with app.app_context():
        return list(db.session.scalars(select(FeedRun).order_by(FeedRun.ended_at, FeedRun.id)))


def read_states(app: Flask) -> dict[str, str]:
    """Return the states of the vehicles by their id in the feed."""
    with app.app_context():
        vehicles = db.session.scalars(select(Vehicle)).all()
    return {str(each.feed_vehicle): each.state for each in vehicles}


def read_all(app: Flask) -> list[FeedSubscription]:
    """Return all subscriptions."""
    with app.app_context():
        return list(db.session.scalars(select(FeedSubscription)))
