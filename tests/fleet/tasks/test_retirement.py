"""The open tasks of a vehicle end when it leaves the fleet for good, however that happens."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import insert_task
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import remove_vehicle, remove_vehicles_in_slices
from webapp.fleet.tasks.models import Task
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.riders.services.account_deletion import delete_account

Retire = Callable[[User, User, Vehicle], object]


def retire_by_staff(staff: User, _: User, vehicle: Vehicle) -> None:
    act_on_vehicle(staff, vehicle.key, VehicleAction.RETIRE, ActionDetails())


@pytest.mark.parametrize(
    "retire",
    [
        retire_by_staff,
        lambda _, owner, vehicle: remove_vehicle(owner.key, vehicle.key),
        lambda _, owner, __: delete_account(owner),
        lambda _, owner, __: remove_vehicles_in_slices(owner.key),
    ],
    ids=["staff", "owner", "account is deleted", "large account is deleted"],
)
def test_open_tasks_are_cancelled(
    app: Flask,
    app_context: None,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    retire: Retire,
) -> None:
    staff, owner = make_user(roles=["fleet"]), make_user()
    vehicle, other = make_vehicle(owner=owner), make_vehicle()
    task_key, other_key = insert_task(app, vehicle.key), insert_task(app, other.key)
    retire(staff, owner, vehicle)
    task: Task = row(Task, task_key)
    assert task.state == "cancelled"
    assert task.closed_at
    query = select(AuditEvent.subject, AuditEvent.region).where(
        AuditEvent.kind == AuditKind.TASK_CANCELLED.value
    )
    assert list(map(tuple, db.session.execute(query))) == [(f"task {task_key}", task_key.region)]
    assert row(Task, other_key).state == "open"
    (event,) = db.session.scalars(
        select(AuditEvent).where(AuditEvent.kind == AuditKind.TASK_CANCELLED.value)
    )
    changes = [(each.name, each.before, each.after) for each in event.changes]
    assert (changes, event.city) == ([("state", "open", "cancelled")], "new york")
