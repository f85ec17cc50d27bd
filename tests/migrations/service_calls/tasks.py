"""Calls of the services and queries of tasks."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import AFTER, NEW_YORK, PLACE, POINT, RIDER, USER, VEHICLE
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.account_deletion import anonymise_tasks_in_slices
from webapp.fleet.tasks.changes import TaskChange
from webapp.fleet.tasks.enums import TaskKind, TaskSource, VehicleOutcome
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.outcomes import Part, TaskOutcome
from webapp.fleet.tasks.queries import details, lists, plan
from webapp.fleet.tasks.queries.settings import get_task_settings
from webapp.fleet.tasks.rules import DEFAULT_SETTINGS, add_tasks_statement, rules_that_are_on_query
from webapp.fleet.tasks.services import planning, settings, working
from webapp.fleet.tasks.services.planning import NewTask

TASK = RowKey("us-east1", UUID(int=20))
CHANGE = TaskChange(RIDER, {"new york"}, UUID(int=21), AFTER[0])
NEW = NewTask(TaskKind.REPAIR, source=TaskSource.REPORT, report_id=UUID(int=10))
OUTCOME = TaskOutcome(
    VehicleOutcome.DEPLOYED, "Done.", 5, [Part("Bell", 1, 500)], "USD", [b"jpeg"], PLACE
)
ANY_KIND = lists.KindFilter()


def _task(kind: str) -> Task:
    vehicle = Vehicle(propulsion_type="electric")
    return Task(region=TASK.region, id=TASK.id, vehicle_id=VEHICLE.id, kind=kind, vehicle=vehicle)


def _finish(kind: str, outcome: TaskOutcome) -> None:
    working.finish_task(_task(kind), CHANGE, outcome)


TASKS: dict[str, Callable[[], Any]] = {
    "anonymise the tasks of a deleted account": lambda: anonymise_tasks_in_slices(RIDER),
    "make a task": lambda: planning.add_task(USER, VEHICLE, "nonce", NEW),
    "assign a task": lambda: planning.assign_task(USER, TASK, None, RIDER),
    "take a task from somebody": lambda: planning.assign_task(USER, TASK, RIDER, None),
    "cancel a task": lambda: planning.cancel_task(USER, TASK),
    "take a task": lambda: working.take_task(TASK, CHANGE),
    "give a task back": lambda: working.release_task(TASK, CHANGE),
    "start a task": lambda: working.start_task(_task("repair"), CHANGE),
    **{
        f"finish a task of the kind {kind}, {outcome.vehicle}": partial(_finish, kind, outcome)
        for kind in ("repair", "swap_battery")
        for outcome in (
            OUTCOME,
            TaskOutcome(VehicleOutcome.PICKED_UP),
            TaskOutcome(VehicleOutcome.UNCHANGED),
        )
    },
    "tasks of a city, by priority": lambda: lists.list_tasks(NEW_YORK, RIDER, None, ANY_KIND),
    "tasks of a city, the nearest first": lambda: lists.list_tasks(
        NEW_YORK, RIDER, POINT, lists.KindFilter("own", "Wash")
    ),
    "a task": lambda: details.find_task(USER, TASK),
    "a photo of a task": lambda: details.read_task_photo(USER, TASK, 1),
    "a vehicle that gets a task": lambda: details.find_vehicle_for_task(USER, VEHICLE),
    "make the tasks of a rule": lambda: execute_write(
        add_tasks_statement(
            NEW_YORK, AlertKind.BATTERY_LOW, DEFAULT_SETTINGS[AlertKind.BATTERY_LOW]
        )
    ),
    "the rules that are on": lambda: db.session.scalars(rules_that_are_on_query(["new york"])),
    "save a rule": lambda: settings.save_rule(
        NEW_YORK,
        AlertKind.IDLE,
        DEFAULT_SETTINGS[AlertKind.IDLE],
        DEFAULT_SETTINGS[AlertKind.IDLE]._replace(is_on=True),
    ),
    "add a kind of tasks": lambda: settings.add_custom_kind(NEW_YORK, "Wash"),
    "remove a kind of tasks": lambda: settings.remove_custom_kind(NEW_YORK, "Wash"),
    "rules and kinds of a city": lambda: get_task_settings(NEW_YORK),
    "who has which tasks": lambda: plan.get_task_plan(NEW_YORK, ANY_KIND),
}
