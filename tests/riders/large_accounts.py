"""An account that counts as one with many rows, so that a worker deletes it."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import run_jobs
from tests.riders.steps import make_profile
from webapp.auth.models import User
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome
from webapp.riders.services.account_deletion import ACCOUNT_DELETION
from webapp.riders.services.profile import save_profile


@pytest.fixture(autouse=True)
def _small_limit(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every account has many rows."""
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)


@pytest.fixture(name="ada")
def make_ada(make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    ada = make_user("ada", roles=["owner"])
    save_profile(ada.key, make_profile())
    for city in ("new york", "new york", "paris"):
        make_vehicle(city, owner=ada)
    return ada


def finish(app: Flask) -> None:
    outcomes = run_jobs(app)
    assert set(outcomes) <= {JobOutcome.DONE}, outcomes


def count_due_deletions() -> int:
    due = select(func.count()).where(
        Job.kind == ACCOUNT_DELETION.name, Job.done_at.is_(None), Job.due_at <= func.now()
    )
    return db.session.scalar(due) or 0
