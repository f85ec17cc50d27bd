"""While somebody works on a vehicle, nothing makes it available: no feed, action or other task."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.bulk_actions.steps import count_results
from tests.fleet.reports.conftest import answer_report, file_report
from tests.fleet.reports.steps import AnswerReport, FileReport
from tests.fleet.tasks.steps import MakeTask, change_of, finish_task, start_task
from tests.fleet.vehicle_events.steps import find_problems
from tests.job_steps import run_jobs
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.services import start_bulk_action
from webapp.fleet.enums import OutOfServiceReason, VehicleState
from webapp.fleet.models import Vehicle, held_by_staff_condition, picked_up_condition
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.services.working import release_task
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import TaskInProgress, act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.replay import record_unrecorded_states

__all__ = ["answer_report", "file_report"]
pytestmark = pytest.mark.usefixtures("app_context")

DEPLOYED, UNCHANGED = map(TaskOutcome, (VehicleOutcome.DEPLOYED, VehicleOutcome.UNCHANGED))
#: States and reasons before a task is started, with the state and the reason of a repair and of a
#: swap then.
STARTS = [
    ("available", None, "non_operational", "maintenance", "battery_low"),
    ("reserved", None, "non_operational", "maintenance", "battery_low"),
    ("non_operational", None, "non_operational", "maintenance", "battery_low"),
    ("non_operational", "battery_low", "non_operational", "maintenance", "battery_low"),
    ("non_operational", "maintenance", "non_operational", "maintenance", "maintenance"),
    ("non_operational", "system_suspend", "non_operational", "system_suspend", "system_suspend"),
    ("non_contactable", None, "non_operational", "maintenance", "battery_low"),
    ("elsewhere", None, "non_operational", "maintenance", "battery_low"),
    ("missing", None, "missing", "maintenance", "battery_low"),
    ("missing", "maintenance", "missing", "maintenance", "maintenance"),
]


@pytest.mark.parametrize("kind", ["repair", "swap_battery"])
@pytest.mark.parametrize(("state", "reason", "then", "of_repair", "of_swap"), STARTS)
def test_a_started_task_holds_its_vehicle_in_each_state(
    app: Flask, max_: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    kind: str, state: str, reason: str | None, then: str, of_repair: str, of_swap: str,
) -> None:  # fmt: skip
    vehicle = make_vehicle(state=state, battery_percent=9)
    record_unrecorded_states(vehicle.region)
    update_rows(app, Vehicle, out_of_service_reason=reason)
    start_task(make_task(vehicle, kind), change_of(max_))
    after = row(Vehicle, vehicle.key)
    assert after.state == then
    assert after.out_of_service_reason == (of_repair if kind == "repair" else of_swap)
    assert db.session.scalar(select(Vehicle.id).where(held_by_staff_condition())) == vehicle.id
    assert find_problems() == []


def test_the_states_of_the_table_are_all_in_which_a_task_can_be_started() -> None:
    others = {VehicleState.ON_TRIP, VehicleState.REMOVED}  # refused, and held by its state
    assert {start[0] for start in STARTS} | others == set(VehicleState)
    assert {start[1] for start in STARTS} - {None} == set(OutOfServiceReason)


def test_a_vehicle_that_was_picked_up_stays_so_when_a_task_is_started(
    max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    vehicle = make_vehicle()
    act_on_vehicle(fay, vehicle.key, VehicleAction.PICK_UP, ActionDetails())
    start_task(make_task(vehicle, "repair"), change_of(max_))
    assert db.session.scalar(select(Vehicle.id).where(picked_up_condition())) == vehicle.id
    with pytest.raises(TaskInProgress):
        act_on_vehicle(fay, vehicle.key, VehicleAction.DEPLOY, ActionDetails())


@pytest.mark.parametrize("in_progress", ["repair", "swap_battery"])
@pytest.mark.parametrize("reason", [None, *OutOfServiceReason])
@pytest.mark.parametrize(
    "action", [VehicleAction.RETURN_TO_SERVICE, VehicleAction.DEPLOY, VehicleAction.SWAP_BATTERY]
)
def test_no_action_makes_a_vehicle_available_that_somebody_works_on(
    max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    in_progress: str, reason: str | None, action: VehicleAction,
) -> None:  # fmt: skip
    vehicle = make_vehicle(state="non_operational", out_of_service_reason=reason, battery_percent=9)
    key = make_task(vehicle, in_progress)
    start_task(key, change_of(max_))
    if action is VehicleAction.SWAP_BATTERY:
        assert act_on_vehicle(fay, vehicle.key, action, ActionDetails()) == "task_in_progress"
        assert row(Vehicle, vehicle.key).battery_percent == 100
    else:
        with pytest.raises(TaskInProgress):
            act_on_vehicle(fay, vehicle.key, action, ActionDetails())
    assert row(Vehicle, vehicle.key).state == "non_operational"
    release_task(key, change_of(max_))
    if action is not VehicleAction.SWAP_BATTERY:
        act_on_vehicle(fay, vehicle.key, action, ActionDetails())
        assert row(Vehicle, vehicle.key).state == "available"


@pytest.mark.parametrize("outcome", [DEPLOYED, UNCHANGED])
@pytest.mark.parametrize(
    ("first", "second"), [("repair", "swap_battery"), ("swap_battery", "repair")]
)
def test_a_vehicle_with_two_started_tasks_is_available_after_the_second(
    max_: User, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    first: str, second: str, outcome: TaskOutcome,
) -> None:  # fmt: skip
    vehicle = make_vehicle(battery_percent=9)
    record_unrecorded_states(vehicle.region)
    keys = [make_task(vehicle, kind) for kind in (first, second)]
    for key, staff in zip(keys, (max_, mia), strict=True):
        start_task(key, change_of(staff))
    says_nothing = outcome is UNCHANGED
    assert finish_task(keys[1], change_of(mia), outcome) is says_nothing
    assert row(Vehicle, vehicle.key).state == "non_operational"
    assert finish_task(keys[0], change_of(max_), DEPLOYED)
    assert row(Vehicle, vehicle.key).state == "available"
    assert find_problems() == []


@pytest.mark.parametrize(
    ("action", "result", "battery"),
    [
        (VehicleAction.SWAP_BATTERY, BulkResult.DONE_STAYS_OUT, 100),
        (VehicleAction.RETURN_TO_SERVICE, BulkResult.TASK_IN_PROGRESS, 9),
    ],
)
def test_a_bulk_action_leaves_vehicles_that_somebody_works_on_out_of_service(
    app: Flask, max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask,
    row: RowReader, action: VehicleAction, result: BulkResult, battery: int,
) -> None:  # fmt: skip
    vehicle = make_vehicle(
        state="non_operational", out_of_service_reason="battery_low", battery_percent=9
    )
    start_task(make_task(vehicle, "swap_battery"), change_of(max_))
    chosen = Selection(find_city(), {vehicle.id})
    bulk_key = start_bulk_action(fay, uuid4(), action, ActionDetails(), chosen)
    run_jobs(app)
    assert count_results(bulk_key) == {result: 1}
    after = row(Vehicle, vehicle.key)
    assert (after.state, after.battery_percent) == ("non_operational", battery)


def test_an_answered_report_does_not_return_a_vehicle_that_somebody_works_on(
    max_: User, make_user: UserFactory, make_vehicle: VehicleFactory, make_task: MakeTask,
    row: RowReader, file_report: FileReport, answer_report: AnswerReport,
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    report_key = file_report(make_user(), vehicle, critical=True)
    start_task(make_task(vehicle, "repair"), change_of(max_))
    answer_report(report_key, "resolved", returns_to_service=True)
    assert row(Vehicle, vehicle.key).state == "non_operational"


def test_the_pages_say_why_a_vehicle_stays_out_of_service(
    app: Flask, max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    vehicle = make_vehicle(propulsion_type="electric", battery_percent=9)
    start_task(make_task(vehicle, "repair"), change_of(max_))
    client: Visitor = app.test_client()  # type: ignore[assignment]
    staff = client.sign_in(fay)
    page = f"/fleet/vehicles/{vehicle.key}"
    refused = staff.send(f"{page}/actions/return_to_service")
    assert (refused.status_code, "is working on this vehicle" in refused.text) == (409, True)
    staff.send(f"{page}/actions/swap_battery", battery_percent="100")
    assert "stays out of service: a task is in progress" in staff.get(page).text
