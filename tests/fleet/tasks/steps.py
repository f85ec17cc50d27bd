"""Steps of tests of tasks."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import joinedload

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.tasks.changes import TaskChange, make_change
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.services import working
from webapp.web.roles import Permission

MakeTask = Callable[..., RowKey]

DEPLOYED = TaskOutcome(VehicleOutcome.DEPLOYED)


def change_of(staff: User) -> TaskChange:
    """Return a new change of somebody who works on tasks."""
    return make_change(staff, Permission.WORK_ON_TASKS)


def start_task(key: RowKey, change: TaskChange) -> None:
    """Start a task as its page does: it is read before."""
    working.start_task(_read_task(key), change)


def finish_task(key: RowKey, change: TaskChange, outcome: TaskOutcome) -> bool:
    """Finish a task as its page does: it is read before."""
    return working.finish_task(_read_task(key), change, outcome)


def _read_task(key: RowKey) -> Task:
    options = [joinedload(Task.vehicle)]
    return db.session.get_one(Task, tuple(key), options=options, populate_existing=True)


def insert_task(app: Flask, vehicle_key: RowKey, city: str = "new york", **columns: Any) -> RowKey:
    """Insert a task about a vehicle, as a rule makes them; return its key."""
    key = RowKey(vehicle_key.region, uuid4())
    values = {
        "region": key.region,
        "id": key.id,
        "city": city,
        "vehicle_id": vehicle_key.id,
        "kind": "inspect",
        "source": "rule",
        **columns,
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(Task).values(values))
    return key
