"""Rows of subscriptions and runs, for tests that need no feed."""

from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, insert

from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription


def insert_feed(
    app: Flask, *, city: str = "new york", region: str = "us-east1", run_problem: str = "",
    runs: int = 1, **columns: Any,
) -> RowKey:  # fmt: skip
    """Insert a subscription that is up to date, with runs; return its key.

    run_problem: of its runs: then they failed. columns: of the subscription.
    """
    key = RowKey(region, uuid4())
    row = {
        "region": region,
        "id": key.id,
        "city": city,
        "source": "a.example/gbfs.json",
        "digest": str(key.id),
        "access": "sealed",
        "period_s": 300,
        "last_run_at": func.now(),
        "last_success_at": func.now(),
        "last_result": "imported",
        "system": "acme",
        "vehicle_count": 840,
        **columns,
    }
    result = "failed" if run_problem else "imported"
    run = {"region": region, "subscription_id": key.id, "result": result, "problem": run_problem,
           "duration_ms": 420}  # fmt: skip
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(FeedSubscription).values(row))
        for _ in range(runs):
            connection.execute(insert(FeedRun).values(id=uuid4(), **run))
    return key
