"""Planners make, assign and cancel tasks."""

from collections.abc import Callable

import pytest

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.tasks.steps import DEPLOYED, MakeTask, change_of, finish_task, start_task
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import FormReused, NotFound
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.errors import (
    NotStaffOfCity,
    TaskChanged,
    TaskExists,
)
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.services.planning import NewTask, add_task, assign_task, cancel_task
from webapp.fleet.tasks.services.working import release_task, take_task

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_vehicle_has_one_open_task_of_a_kind(
    fay: User, max_: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    vehicle = make_vehicle()
    first = make_task(vehicle, "inspect")
    with pytest.raises(TaskExists) as refusal:
        add_task(fay, vehicle.key, "another", NewTask(TaskKind.INSPECT))
    assert refusal.value.details["task_key"] == first
    assert add_task(fay, vehicle.key, "one", NewTask(TaskKind.REPAIR)) == add_task(
        fay, vehicle.key, "one", NewTask(TaskKind.REPAIR)
    ), "the same form"
    for name in ("Wash", "Paint"):
        add_task(fay, vehicle.key, name, NewTask(TaskKind.OWN, name))
    start_task(first, change_of(max_))
    finish_task(first, change_of(max_), DEPLOYED)
    make_task(vehicle, "inspect")


def test_only_planners_of_the_city_make_assign_and_cancel_tasks(
    max_: User, make_user: UserFactory, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    vehicle = make_vehicle()
    key = make_task(vehicle)
    for staff in (max_, make_user(roles={"fleet": ["paris"]}), make_user(roles=["support"])):
        with pytest.raises(NotFound):
            add_task(staff, vehicle.key, "n", NewTask(TaskKind.REPAIR))
        with pytest.raises(NotFound):
            assign_task(staff, key, None, max_.key)
        with pytest.raises(NotFound):
            cancel_task(staff, key)
    paris = make_user(roles={"mechanic": ["paris"]})
    changes: list[Callable[[RowKey, TaskChange], None]] = [take_task, start_task, release_task]
    for change in changes:
        with pytest.raises(NotFound):
            change(key, change_of(paris))


def test_a_planner_assigns_a_task_only_as_seen_and_only_to_those_who_work_there(
    max_: User, mia: User, fay: User, make_user: UserFactory, make_vehicle: VehicleFactory,
    make_task: MakeTask, row: RowReader,
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    for other in (make_user(roles={"mechanic": ["paris"]}), make_user(roles=["support"])):
        with pytest.raises(NotStaffOfCity):
            assign_task(fay, key, None, other.key)
    assign_task(fay, key, None, max_.key)
    with pytest.raises(TaskChanged):
        assign_task(fay, key, None, mia.key)
    start_task(key, change_of(max_))
    assign_task(fay, key, max_.key, mia.key)
    task = row(Task, key)
    assert (task.state, task.assignee_key, task.started_at) == ("open", mia.key, None)
    assign_task(fay, key, mia.key, None)
    assert row(Task, key).assignee_id is None


def test_assigning_a_task_to_who_has_it_changes_nothing(
    max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader
) -> None:
    key = make_task(make_vehicle())
    for _ in range(2):  # a double click
        assign_task(fay, key, None, max_.key)
    start_task(key, change_of(max_))
    assign_task(fay, key, max_.key, max_.key)
    task = row(Task, key)
    assert (task.state, task.assignee_key) == ("in_progress", max_.key)
    assert task.started_at
    assert finish_task(key, change_of(max_), DEPLOYED)


def test_a_form_that_is_sent_again_with_other_words_is_not_taken_for_saved(
    fay: User, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    first = add_task(fay, vehicle.key, "n", NewTask(TaskKind.REPAIR, note="The brake."))
    assert add_task(fay, vehicle.key, "n", NewTask(TaskKind.REPAIR, note="The brake.")) == first
    with pytest.raises(FormReused):
        add_task(fay, vehicle.key, "n", NewTask(TaskKind.REPAIR, note="The bell."))
