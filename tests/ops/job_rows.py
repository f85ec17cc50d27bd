"""Jobs in any state, for tests of what admins see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import ColumnElement, func, insert, select

from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.jobs.models import Job

#: Makes a job: ``make_job("failed", kind="mail", minutes=5)``; minutes: how long ago.
JobFactory = Callable[..., RowKey]


def ago(minutes: float) -> ColumnElement[Any]:
    return func.now() - timedelta(minutes=minutes)


def insert_job(
    app: Flask, state: str, *, region: str = "us-east1", minutes: float = 1, **values: Any
) -> RowKey:
    """Write a job in one of the states of JobState; return its key."""
    job: dict[str, Any] = {
        "region": region,
        "id": uuid4(),
        "kind": "mail",
        "payload": {"template": "receipt", "ciphertext": "SECRET"},
        "priority": 0,
        "created_at": ago(minutes + 10),
        "due_at": ago(minutes),
    }
    if state == "running":
        job |= {"worker": "host 1", "due_at": ago(-5), "attempts": 1}
    elif state == "failed":
        job |= {"failed_at": ago(minutes), "attempts": 40, "last_error": "MailNotSent: receipt"}
    elif state == "done":
        job |= {"done_at": ago(minutes), "payload": {}, "attempts": 1}
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(Job).values(job | values))
    return RowKey(region, job["id"])


def read_job(app: Flask, key: RowKey) -> Job:
    with app.app_context():
        return db.session.scalars(
            select(Job).where(Job.region == key.region, Job.id == key.id)
        ).one()
