"""Running jobs in tests, as a worker does, and reading the mails that they send."""

from typing import Any

from flask import Flask
from sqlalchemy import func, update

from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, run_due_jobs
from webapp.regions.data_regions import list_data_regions


def run_jobs(app: Flask) -> list[JobOutcome]:
    """Run what is due, in this thread; return what became of it."""
    with app.app_context():
        regions = list_data_regions()
    return run_due_jobs(app, regions)


def end_leases() -> None:
    """Let the leases of dead workers end. Inside an application context."""
    leased = update(table(Job)).where(Job.worker.is_not(None))
    execute_write(leased.values(due_at=func.now()).returning(Job.id), idempotent=True)


def read_mails(app: Flask, to: str = "") -> list[Any]:
    """Run what is due; return the mails that were sent to the address, or all mails."""
    outcomes = run_jobs(app)
    assert set(outcomes) <= {JobOutcome.DONE}, outcomes
    return [mail for mail in app.extensions["mailman"].outbox if not to or mail.to == [to]]


def forget_mails(app: Flask) -> None:
    """Send the mails that wait, and forget all that were sent."""
    run_jobs(app)
    app.extensions["mailman"].outbox.clear()
