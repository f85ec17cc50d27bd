"""Staff who act on one task at the same time."""

from functools import partial
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import start_task
from tests.races.steps import ROUNDS
from tests.threads import run_together
from webapp.audit.models import AuditEvent
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.changes import make_change
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.errors import TaskClosed, TaskExists, TaskTaken
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.services.planning import NewTask, add_task, cancel_task
from webapp.fleet.tasks.services.working import take_task
from webapp.fleet.vehicle_actions.services import VehicleOnRide
from webapp.rides.refusal_reasons import VehicleUnavailable
from webapp.rides.services.start import start_ride
from webapp.web.roles import Permission

INSPECT = NewTask(TaskKind.INSPECT)


def test_of_five_who_take_a_task_one_gets_it_and_the_others_are_told(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    fay, mechanics = make_user(roles=["fleet"]), [make_user(roles=["mechanic"]) for _ in range(5)]
    for _ in range(ROUNDS):
        key = add_task(fay, make_vehicle().key, uuid4().hex, INSPECT)
        changes = [make_change(each, Permission.WORK_ON_TASKS) for each in mechanics]
        results = run_together(app, *(partial(take_task, key, change) for change in changes))
        assert results.count(None) == 1
        assert {type(result) for result in results} == {type(None), TaskTaken}
        assert row(Task, key).assignee_key == mechanics[results.index(None)].key
    taken = select(func.count()).where(AuditEvent.kind == "task.taken")
    assert db.session.scalar(taken) == ROUNDS


def test_five_planners_make_one_task_of_a_kind_for_a_vehicle(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    fay, vehicle = make_user(roles=["fleet"]), make_vehicle()
    calls = [partial(add_task, fay, vehicle.key, uuid4().hex, INSPECT) for _ in range(5)]
    results = run_together(app, *calls)
    assert sorted(type(result).__name__ for result in results) == ["RowKey"] + 4 * ["TaskExists"]
    assert db.session.scalar(select(func.count()).select_from(Task)) == 1
    assert {type(result) for result in results} == {RowKey, TaskExists}


def test_a_vehicle_is_either_ridden_or_worked_on(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    fay, max_ = make_user(roles=["fleet"]), make_user(roles=["mechanic"])
    for _ in range(ROUNDS):
        vehicle, ada = make_vehicle(), make_user()
        key = add_task(fay, vehicle.key, uuid4().hex, INSPECT)
        change = make_change(max_, Permission.WORK_ON_TASKS)
        started, ride = run_together(
            app, partial(start_task, key, change), partial(start_ride, ada.key, vehicle.public_key)
        )
        state = row(Vehicle, vehicle.key).state
        if isinstance(ride, RowKey):
            assert isinstance(started, VehicleOnRide)
            assert state == "on_trip"
        else:
            assert isinstance(ride, VehicleUnavailable)
            assert (started, state) == (None, "non_operational")


def test_a_task_that_is_cancelled_and_started_at_once_is_one_of_both(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    fay, max_ = make_user(roles=["fleet"]), make_user(roles=["mechanic"])
    for _ in range(ROUNDS):
        vehicle = make_vehicle()
        key = add_task(fay, vehicle.key, uuid4().hex, INSPECT)
        change = make_change(max_, Permission.WORK_ON_TASKS)
        started, cancelled = run_together(
            app, partial(start_task, key, change), partial(cancel_task, fay, key)
        )
        assert cancelled is None
        assert started is None or isinstance(started, TaskClosed)
        assert row(Task, key).state == "cancelled"
        out_of_service = row(Vehicle, vehicle.key).state == "non_operational"
        assert out_of_service == (started is None)
