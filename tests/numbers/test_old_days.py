"""Unmet demand and counts of opened pages are kept for a limited time."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.numbers.old_days import DayModel
from webapp.numbers.unmet_demand.models import UnmetDemand
from webapp.numbers.usage.models import UsageCount
from webapp.ops.retention import delete_old_rows

COLUMNS: list[tuple[DayModel, dict[str, object]]] = [
    (UnmetDemand, {"form_factor": "", "cell": 1, "half_hours": 1}),
    (UsageCount, {"step": "search", "number": 3}),
]


@pytest.mark.parametrize(("model", "columns"), COLUMNS)
def test_days_are_deleted_after_800_days(
    app: Flask, model: DayModel, columns: dict[str, object]
) -> None:
    days_ago = (0, 799, 801, 1_000)
    of_all = {"region": "us-east1", "city": "new york", "origin": "us-east1"}
    with app.app_context():
        for days in days_ago:
            day_at = func.now() - timedelta(days=days)
            execute_write(insert(model).values(**of_all, **columns, day_at=day_at))
        assert dict(delete_old_rows(["us-east1"]))[model.__tablename__] == 2
        assert db.session.scalar(select(func.count()).select_from(model)) == 2
