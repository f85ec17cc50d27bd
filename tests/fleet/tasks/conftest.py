"""Mechanics, planners and tasks."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.fleet.tasks.steps import MakeTask
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.services.planning import NewTask, add_task


@pytest.fixture
def max_(make_user: UserFactory) -> User:
    """A mechanic of New York."""
    return make_user("max", roles={"mechanic": ["new york"]})


@pytest.fixture
def mia(make_user: UserFactory) -> User:
    """Another mechanic of New York."""
    return make_user("mia", roles={"mechanic": ["new york"]})


@pytest.fixture
def fay(make_user: UserFactory) -> User:
    """The manager of the fleet of New York."""
    return make_user("fay", roles={"fleet": ["new york"]})


@pytest.fixture
def make_task(app: Flask, fay: User) -> MakeTask:
    """Make a task as the manager: ``make_task(vehicle, "repair", note="The brake.")``."""

    def make_task(vehicle: Vehicle, kind: str = "inspect", **columns: Any) -> RowKey:
        with app.app_context():
            new = NewTask(TaskKind(kind), **columns)
            return add_task(fay, vehicle.key, uuid4().hex, new)

    return make_task
