"""Tasks from open to done, with what becomes of their vehicles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.auth.steps import age_rows, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import DEPLOYED, MakeTask, change_of, finish_task, start_task
from tests.fleet.vehicle_events.steps import find_problems
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.services import ReportData, file_report
from webapp.fleet.tasks.account_deletion import anonymise_tasks_in_slices
from webapp.fleet.tasks.changes import MAX_DELAY, TaskChange, make_change
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.errors import (
    TaskChanged,
    TaskClosed,
    TaskTaken,
    VehicleRetired,
)
from webapp.fleet.tasks.models import Task, TaskPart
from webapp.fleet.tasks.outcomes import Part, TaskOutcome
from webapp.fleet.tasks.queries.lists import KindFilter, list_tasks
from webapp.fleet.tasks.queries.plan import get_task_plan
from webapp.fleet.tasks.services.planning import cancel_task
from webapp.fleet.tasks.services.working import release_task, take_task
from webapp.fleet.vehicle_actions.services import VehicleOnRide
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.catalogue import city_or_404
from webapp.regions.geography import Place, Point
from webapp.riders.services.account_deletion import delete_account
from webapp.web.roles import Permission

pytestmark = pytest.mark.usefixtures("app_context")

PICKED_UP = TaskOutcome(VehicleOutcome.PICKED_UP)
UNCHANGED = TaskOutcome(VehicleOutcome.UNCHANGED)


def test_a_task_goes_from_open_to_done_and_takes_its_vehicle_out_of_service_meanwhile(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key = make_task(vehicle, "repair", note="The brake.")
    assert (row(Task, key).state, row(Task, key).assignee_id) == ("open", None)
    take_task(key, change_of(max_))
    assert row(Task, key).assignee_key == max_.key
    assert row(Vehicle, vehicle.key).state == "available"
    start_task(key, change_of(max_))
    assert row(Task, key).state == "in_progress"
    assert row(Vehicle, vehicle.key).state == "non_operational"
    parts = [Part("Brake pad", 2, 1250), Part("Screw", 4)]
    outcome = TaskOutcome(VehicleOutcome.DEPLOYED, "New pads.", 15, parts, "USD", [b"jpeg"])
    assert finish_task(key, change_of(max_), outcome)
    task = row(Task, key)
    assert (task.state, task.outcome_note, task.minutes) == ("done", "New pads.", 15)
    assert row(Vehicle, vehicle.key).state == "available"
    query = select(TaskPart.name, TaskPart.count, TaskPart.cost).order_by(TaskPart.number)
    assert [tuple(each) for each in db.session.execute(query)] == [
        ("Brake pad", 2, 1250),
        ("Screw", 4, None),
    ]
    actions = select(VehicleEvent.action, VehicleEvent.state).order_by(VehicleEvent.number)
    assert [tuple(each) for each in db.session.execute(actions)][-2:] == [
        ("take_out_of_service", "non_operational"),
        ("deploy", "available"),
    ]


@pytest.mark.parametrize(
    ("kind", "outcome", "state", "battery"),
    [
        ("swap_battery", DEPLOYED, "available", 100),
        ("swap_battery", PICKED_UP, "removed", 100),
        ("swap_battery", UNCHANGED, "non_operational", 100),
        ("rebalance", PICKED_UP, "removed", 12),
        ("inspect", UNCHANGED, "non_operational", 12),
        ("inspect", DEPLOYED, "available", 12),
    ],
)
def test_what_becomes_of_the_vehicle_follows_from_kind_and_outcome(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    kind: str, outcome: TaskOutcome, state: str, battery: int,
) -> None:  # fmt: skip
    vehicle = make_vehicle(battery_percent=12, range_m=3_000)
    key = make_task(vehicle, kind)
    start_task(key, change_of(max_))
    assert finish_task(key, change_of(max_), outcome)
    after = row(Vehicle, vehicle.key)
    assert (after.state, after.battery_percent) == (state, battery)


@pytest.mark.parametrize(
    ("outcome", "columns", "expected"),
    [
        (
            DEPLOYED,
            {},
            [
                ("swap_battery", "non_operational", []),
                ("deploy", "available", ["battery_charged"]),
            ],
        ),
        (
            PICKED_UP,
            {},
            [
                ("swap_battery", "non_operational", []),
                ("pick_up", "removed", ["maintenance_pick_up"]),
            ],
        ),
        (UNCHANGED, {}, [("swap_battery", "non_operational", [])]),
        (
            DEPLOYED,
            {"state": "non_operational", "out_of_service_reason": "system_suspend"},
            [("swap_battery", "non_operational", [])],
        ),
    ],
)
def test_a_finished_task_writes_an_event_and_an_audit_event_for_each_action(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask,
    outcome: TaskOutcome, columns: dict[str, Any], expected: list[tuple[str, str, list[str]]],
) -> None:  # fmt: skip
    vehicle = make_vehicle(battery_percent=12, **columns)
    key = make_task(vehicle, "swap_battery")
    start_task(key, change_of(max_))
    before = len(db.session.scalars(select(VehicleEvent.number)).all())
    finish_task(key, change_of(max_), outcome)
    events = select(VehicleEvent.action, VehicleEvent.state, VehicleEvent.event_types)
    rows = db.session.execute(events.order_by(VehicleEvent.number)).all()
    assert [tuple(row) for row in rows[before:] if row.action] == expected
    subject = f"vehicle {vehicle.key}"
    audited = select(AuditEvent.details).where(AuditEvent.subject == subject)
    actions = [details["action"] for details in db.session.scalars(audited)]
    assert sorted(actions) == sorted(row.action for row in rows if row.action)
    assert find_problems() == []


def test_a_vehicle_that_was_taken_along_is_deployed_elsewhere_with_the_next_task(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle()
    first = make_task(vehicle, "collect")
    start_task(first, change_of(max_))
    finish_task(first, change_of(max_), PICKED_UP)
    second = make_task(vehicle, "rebalance")
    start_task(second, change_of(max_))
    there = Place("Museum", Point(40.75, -73.98))
    assert finish_task(second, change_of(max_), TaskOutcome(VehicleOutcome.DEPLOYED, place=there))
    after = row(Vehicle, vehicle.key)
    assert (after.state, after.address, after.lat) == ("available", "Museum", 40.75)


def test_a_vehicle_that_was_out_of_service_before_stays_so_until_the_task_is_done(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle(
        state="non_operational", battery_percent=5, out_of_service_reason="maintenance"
    )
    key = make_task(vehicle, "swap_battery")
    start_task(key, change_of(max_))
    assert row(Vehicle, vehicle.key).out_of_service_reason == "maintenance"
    assert finish_task(key, change_of(max_), DEPLOYED)
    assert row(Vehicle, vehicle.key).state == "available"


def test_nobody_starts_a_task_while_the_vehicle_is_ridden(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle(state="on_trip")
    key = make_task(vehicle)
    with pytest.raises(VehicleOnRide):
        start_task(key, change_of(max_))
    assert row(Task, key).state == "open"


def test_what_others_have_or_is_over_is_told(
    max_: User,
    mia: User,
    fay: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_task: MakeTask,
) -> None:
    key = make_task(make_vehicle())
    take_task(key, change_of(max_))
    for change in (take_task, release_task, start_task):
        with pytest.raises(TaskTaken):
            change(key, change_of(mia))
    with pytest.raises(TaskChanged):
        finish_task(key, change_of(max_), DEPLOYED)  # not started
    cancel_task(fay, key)
    for change in (take_task, release_task, start_task):
        with pytest.raises(TaskClosed):
            change(key, change_of(max_))
    cancel_task(fay, key)  # a double click: they have cancelled it already
    with pytest.raises(TaskClosed):
        cancel_task(make_user(roles=["admin"]), key)


def test_a_task_that_is_given_back_is_free_for_others_and_its_vehicle_stays(
    max_: User, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle()
    key = make_task(vehicle)
    start_task(key, change_of(max_))
    release_task(key, change_of(max_))
    assert (row(Task, key).state, row(Task, key).assignee_id) == ("open", None)
    assert row(Vehicle, vehicle.key).state == "non_operational"
    start_task(key, change_of(mia))
    assert row(Task, key).assignee_key == mia.key


def test_an_act_that_is_sent_twice_is_done_once(
    max_: User, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    key = make_task(make_vehicle())
    change = change_of(max_)
    for _ in range(2):
        start_task(key, change)
    finish = change_of(max_)
    for _ in range(2):
        assert finish_task(
            key,
            finish,
            TaskOutcome(VehicleOutcome.DEPLOYED, parts=[Part("Bell", 1)], currency="USD"),
        )
    assert len(db.session.scalars(select(TaskPart.name)).all()) == 1
    with pytest.raises(TaskClosed):
        finish_task(key, change_of(max_), DEPLOYED)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=40), timedelta(minutes=40)),
        (timedelta(days=3), MAX_DELAY),
        (timedelta(hours=-1), timedelta(0)),
    ],
)
def test_the_time_of_an_act_without_network_is_kept_within_bounds(
    app: Flask, max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    age: timedelta, expected: timedelta,
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    age_rows(app, Task, "created_at", timedelta(days=4))
    now = datetime.now(UTC)
    change = make_change(max_, Permission.WORK_ON_TASKS, uuid4(), now - age)
    start_task(key, change)
    assert abs(row(Task, key).started_at - (now - expected)) < timedelta(minutes=5)


@pytest.mark.parametrize("hours", [(1, 1, 1), (0, 1, 0), (0, 0, 1), (-1, 1, -1)])
def test_no_clock_of_a_device_lets_a_step_come_before_an_earlier_one(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    hours: tuple[int, int, int],
) -> None:  # fmt: skip
    key, now = make_task(make_vehicle()), datetime.now(UTC)
    take, start, finish = (
        make_change(max_, Permission.WORK_ON_TASKS, uuid4(), now - timedelta(hours=each))
        for each in hours
    )
    take_task(key, take)
    start_task(key, start)
    finish_task(key, finish, UNCHANGED)
    task = row(Task, key)
    times = [task.created_at, task.assigned_at, task.started_at, task.closed_at]
    assert times == sorted(times)


@pytest.mark.parametrize("delete", [delete_account, anonymise_tasks_in_slices])
def test_the_started_task_of_a_deleted_account_is_open_for_others(
    max_: User, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    delete: Callable[[Any], None],
) -> None:  # fmt: skip
    started, done = (make_task(make_vehicle()) for _ in range(2))
    for key in (started, done):
        start_task(key, change_of(max_))
    finish_task(done, change_of(max_), DEPLOYED)
    delete(max_ if delete is delete_account else max_.key)
    task = row(Task, started)
    assert (task.state, task.assignee_id, task.started_at) == ("open", None, None)
    assert (row(Task, done).state, row(Task, done).assignee_id) == ("done", None)
    start_task(started, change_of(mia))
    assert finish_task(started, change_of(mia), DEPLOYED)


@pytest.mark.parametrize("change", [take_task, start_task])
def test_a_started_task_that_nobody_has_can_be_taken(
    app: Flask, max_: User, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask,
    row: RowReader, change: Callable[[RowKey, TaskChange], None],
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    start_task(key, change_of(max_))
    update_rows(app, Task, assignee_region=None, assignee_id=None)  # as the foreign key does
    change(key, change_of(mia))
    assert row(Task, key).assignee_key == mia.key
    assert (row(Task, key).started_at is None) == (change is take_task)


def test_a_finished_task_says_when_a_report_keeps_the_vehicle_out_of_service(
    app: Flask, max_: User, make_user: UserFactory, make_vehicle: VehicleFactory,
    make_task: MakeTask, row: RowReader,
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    key = make_task(vehicle, "repair")
    start_task(key, change_of(max_))
    report = ReportData(ReportKind.DAMAGE, True, "", [])
    file_report(make_user().key, vehicle.key, "n", report)
    assert finish_task(key, change_of(max_), DEPLOYED) is False
    assert row(Task, key).state == "done"
    assert row(Vehicle, vehicle.key).state == "non_operational"


def test_a_finished_task_does_not_end_a_suspension_of_the_service(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle(
        state="non_operational", out_of_service_reason="system_suspend", battery_percent=8
    )
    key = make_task(vehicle, "swap_battery")
    start_task(key, change_of(max_))
    finish = change_of(max_)
    for _ in range(2):
        assert finish_task(key, finish, DEPLOYED) is False, "also when it is sent again"
    after = row(Vehicle, vehicle.key)
    assert (after.state, after.battery_percent) == ("non_operational", 100)


def test_the_place_of_a_vehicle_is_kept_also_if_it_is_available_already(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    vehicle = make_vehicle(battery_percent=8)
    key = make_task(vehicle, "swap_battery")
    start_task(key, change_of(max_))
    there = Place("Museum", Point(40.75, -73.98))
    assert finish_task(key, change_of(max_), TaskOutcome(VehicleOutcome.DEPLOYED, place=there))
    after = row(Vehicle, vehicle.key)
    assert (after.state, after.address) == ("available", "Museum")


def test_tasks_of_a_vehicle_that_has_left_the_fleet_are_neither_listed_nor_begun(
    max_: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    free, own = make_task(make_vehicle()), make_task(make_vehicle())
    take_task(own, change_of(max_))
    execute_write(update(table(Vehicle)).values(state="removed").returning(table(Vehicle).c.id))
    city = city_or_404("new york")
    tasks = list_tasks(city, max_.key, None, KindFilter())
    assert (tasks.own, tasks.free) == ([], [])
    plan = get_task_plan(city, KindFilter())
    assert [plan.unassigned, *(worker.tasks for worker in plan.workers)] == [[], [], []]
    for change, key in ((take_task, free), (start_task, free), (start_task, own)):
        with pytest.raises(VehicleRetired):
            change(key, change_of(max_))
