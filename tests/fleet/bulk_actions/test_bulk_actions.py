"""An action with many vehicles: preview, job, results, undo."""

from collections.abc import Iterable
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.bulk_actions.steps import count_results
from tests.fleet.reports.steps import make_report_data
from tests.fleet.tasks.steps import insert_task
from tests.job_steps import end_leases, run_jobs
from tests.killing import kill_at_statement
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.bulk_actions import jobs, selection
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.bulk_actions.selection import Selection, preview
from webapp.fleet.bulk_actions.services import CannotBeUndone, find_undoable, start_bulk_action
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.reports.services import file_report
from webapp.fleet.vehicle_actions import rules
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent

pytestmark = pytest.mark.usefixtures("app_context")

OUT, BACK = VehicleAction.TAKE_OUT_OF_SERVICE, VehicleAction.RETURN_TO_SERVICE
DETAILS = ActionDetails(note="Storm")


@pytest.fixture
def staff(make_user: UserFactory) -> User:
    return make_user("nora", roles={"fleet": ["new york"]})


@pytest.fixture
def fleet(make_vehicle: VehicleFactory) -> list[Vehicle]:
    states = ("available", "available", "on_trip", "non_operational", "missing")
    return [make_vehicle(state=state) for state in states]


def everything() -> Selection:
    return Selection(find_city(), vehicle_filter=VehicleFilter(find_city(), tuple(VehicleState)))


def start(staff: User, action: VehicleAction = OUT, chosen: Selection | None = None) -> RowKey:
    return start_bulk_action(staff, uuid4(), action, DETAILS, chosen or everything())


def states_of(vehicles: Iterable[Vehicle]) -> list[str]:
    db.session.expire_all()
    states = {row.id: row.state for row in db.session.execute(select(Vehicle.id, Vehicle.state))}
    return [states[vehicle.id] for vehicle in vehicles]


def test_the_preview_says_what_the_job_then_does(
    app: Flask, staff: User, fleet: list[Vehicle], make_vehicle: VehicleFactory
) -> None:
    make_vehicle("boston")
    make_vehicle(state="removed")
    expected = {BulkResult.DONE: 3, BulkResult.RIDDEN: 1, BulkResult.OTHER_STATE: 1}
    assert preview(everything(), OUT, DETAILS).counts == expected
    key = start(staff)
    run_jobs(app)
    assert count_results(key) == expected
    assert states_of(fleet) == [
        "non_operational", "non_operational", "on_trip", "non_operational", "missing",
    ]  # fmt: skip
    bulk_action = db.session.get(BulkAction, key, populate_existing=True)
    assert bulk_action
    assert bulk_action.finished_at
    notes = db.session.scalars(select(VehicleEvent.note).where(VehicleEvent.action == OUT.value))
    assert list(notes) == ["Storm"] * 3


def test_a_battery_is_swapped_also_where_something_keeps_the_vehicle_out_of_service_as_is_told(
    app: Flask, staff: User, ada: User, make_vehicle: VehicleFactory
) -> None:
    ready, in_work = (
        make_vehicle(
            state="non_operational", out_of_service_reason="battery_low", battery_percent=9
        )
        for _ in range(2)
    )
    on_street = make_vehicle(battery_percent=9)
    broken = make_vehicle(state="non_operational", out_of_service_reason="maintenance")
    unsafe = make_vehicle(state="non_operational", out_of_service_reason="battery_low")
    file_report(ada.key, unsafe.key, "n", make_report_data(critical=True))
    for vehicle in (in_work, on_street):
        insert_task(app, vehicle.key, state="in_progress")
    swap = VehicleAction.SWAP_BATTERY
    effects = preview(everything(), swap, DETAILS)
    assert effects.counts == {BulkResult.DONE: 2, BulkResult.DONE_STAYS_OUT: 3}
    assert effects.done_count == 5
    key = start(staff, swap)
    run_jobs(app)
    assert count_results(key) == effects.counts
    assert states_of([ready, on_street]) == ["available"] * 2
    assert states_of([in_work, broken, unsafe]) == ["non_operational"] * 3
    assert set(db.session.scalars(select(Vehicle.battery_percent))) == {100}


def test_only_the_selected_vehicles_of_the_city_change(
    app: Flask, staff: User, fleet: list[Vehicle], make_vehicle: VehicleFactory
) -> None:
    elsewhere = make_vehicle("boston")
    key = start(staff, chosen=Selection(find_city(), {fleet[0].id, elsewhere.id, uuid4()}))
    run_jobs(app)
    assert count_results(key) == {BulkResult.DONE: 1}
    assert states_of([fleet[1], elsewhere]) == ["available", "available"]


def test_of_too_many_vehicles_the_first_ones_are_changed_and_the_preview_says_so(
    app: Flask, staff: User, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_VEHICLES", 2)
    vehicles = sorted((make_vehicle() for _ in range(3)), key=lambda vehicle: vehicle.id)
    effects = preview(everything(), OUT, DETAILS)
    assert (effects.counts, effects.total, effects.is_truncated) == ({BulkResult.DONE: 2}, 3, True)
    start(staff)
    run_jobs(app)
    assert states_of(vehicles) == ["non_operational", "non_operational", "available"]


def test_a_form_that_is_sent_twice_starts_one(
    app: Flask, staff: User, fleet: list[Vehicle]
) -> None:
    id_ = uuid4()
    keys = {start_bulk_action(staff, id_, OUT, DETAILS, everything()) for _ in range(2)}
    assert len(keys) == 1
    run_jobs(app)
    assert db.session.scalar(select(func.count()).select_from(BulkActionVehicle)) == len(fleet)


@pytest.mark.parametrize(
    ("roles", "action"),
    [
        ({"fleet": ["boston"]}, OUT),
        ({"support": ["new york"]}, OUT),
        ({"mechanic": ["new york"]}, VehicleAction.RETIRE),
        ({"fleet": ["new york"]}, VehicleAction.TRANSFER),
    ],
)
def test_without_the_permission_of_the_action_none_is_started(
    make_user: UserFactory,
    fleet: list[Vehicle],
    roles: dict[str, list[str]],
    action: VehicleAction,
) -> None:
    with pytest.raises(NotFound):
        start(make_user("sam", roles=roles), action)
    assert fleet


def test_a_permission_that_is_withdrawn_meanwhile_stops_it(
    app: Flask, staff: User, fleet: list[Vehicle]
) -> None:
    key = start(staff)
    execute_write(update(table(RoleGrant)).values(cities=["boston"]))
    run_jobs(app)
    assert count_results(key) == {BulkResult.REFUSED: len(fleet)}
    assert states_of(fleet[:2]) == ["available", "available"]


def test_a_worker_that_is_killed_anywhere_changes_each_vehicle_once(
    app: Flask, staff: User, fleet: list[Vehicle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SLICE", 2)
    key, number = start(staff), 0
    while not _is_finished(key):
        with kill_at_statement(number):
            run_jobs(app)
        end_leases()
        number += 3
    assert number > 9
    counts = count_results(key)
    assert counts == {BulkResult.DONE: 3, BulkResult.RIDDEN: 1, BulkResult.OTHER_STATE: 1}
    query = select(func.count()).where(VehicleEvent.action == OUT.value)
    assert db.session.scalar(query) == 3


def _is_finished(key: RowKey) -> bool:
    return (
        db.session.scalar(select(BulkAction.finished_at).where(BulkAction.id == key.id)) is not None
    )


def test_undoing_changes_back_what_has_not_changed_since(
    app: Flask, staff: User, fleet: list[Vehicle]
) -> None:
    key = start(staff)
    run_jobs(app)
    act_on_vehicle(staff, RowKey(fleet[1].region, fleet[1].id), BACK, ActionDetails())
    act_on_vehicle(staff, RowKey(fleet[1].region, fleet[1].id), OUT, ActionDetails())
    bulk_action, inverse = find_undoable(staff, key)
    assert inverse == BACK
    undone = Selection(find_city(), undoes=bulk_action.key)
    expected = {BulkResult.DONE: 1, BulkResult.NOT_RESTORABLE: 1, BulkResult.OTHER_STATE: 1}
    assert preview(undone, inverse, DETAILS).counts == expected
    undo_key = start(staff, inverse, undone)
    run_jobs(app)
    assert count_results(undo_key) == expected
    assert states_of(fleet[:2]) == ["available", "non_operational"]
    with pytest.raises(CannotBeUndone):
        find_undoable(staff, undo_key)


@pytest.mark.parametrize(
    ("state", "reason", "done", "undone"),
    [
        ("available", None, OUT, "available"),
        ("reserved", None, OUT, "available"),
        ("non_contactable", None, OUT, "available"),
        ("non_operational", None, OUT, None),  # by a report, or by its feed
        ("non_operational", "maintenance", BACK, "maintenance"),
        ("non_operational", "battery_low", BACK, "battery_low"),
        ("non_operational", "system_suspend", BACK, "system_suspend"),
        ("available", None, VehicleAction.PICK_UP, "available"),
        ("reserved", None, VehicleAction.PICK_UP, "available"),
        ("missing", None, VehicleAction.PICK_UP, None),
        ("non_operational", "maintenance", VehicleAction.PICK_UP, None),
    ],
)
def test_undoing_restores_state_and_reason_or_says_that_it_cannot(
    app: Flask, staff: User, make_vehicle: VehicleFactory, row: RowReader,
    state: str, reason: str | None, done: VehicleAction, undone: str | None,
) -> None:  # fmt: skip
    vehicle = make_vehicle(state=state, out_of_service_reason=reason)
    make_vehicle(state="available" if done is not BACK else "non_operational")
    key = start(staff, done)
    run_jobs(app)
    assert count_results(key) == {BulkResult.DONE: 2}
    bulk_action, inverse = find_undoable(staff, key)
    chosen = Selection(find_city(), undoes=bulk_action.key)
    expected = (
        {BulkResult.DONE: 2} if undone else {BulkResult.DONE: 1, BulkResult.NOT_RESTORABLE: 1}
    )
    assert preview(chosen, inverse, DETAILS).counts == expected
    undo_key = start(staff, inverse, chosen)
    changed = row(Vehicle, vehicle.key)
    before = (changed.state, changed.out_of_service_reason)
    run_jobs(app)
    assert count_results(undo_key) == expected
    after = row(Vehicle, vehicle.key)
    if undone is None:
        assert (after.state, after.out_of_service_reason) == before
    else:
        assert (after.out_of_service_reason or after.state) == undone


def test_a_vehicle_that_the_database_refuses_gets_a_result_and_the_others_are_done(
    app: Flask, staff: User, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch,
    row: RowReader,
) -> None:  # fmt: skip
    monkeypatch.setattr(rules, "MAX_RANGE_M", 10**15)
    others = [make_vehicle(battery_percent=50, range_m=9_000) for _ in range(6)]
    make_vehicle(battery_percent=50, range_m=2**31 - 1)
    key = start(staff, VehicleAction.SWAP_BATTERY)
    run_jobs(app)
    assert count_results(key) == {BulkResult.DONE: 6, BulkResult.FAILED: 1}
    assert {row(Vehicle, other.key).range_m for other in others} == {18_000}
    assert _is_finished(key)


def test_only_vehicles_that_the_preview_counted_are_retired(
    app: Flask, staff: User, fleet: list[Vehicle]
) -> None:
    shown = preview(everything(), VehicleAction.RETIRE, DETAILS).done_count
    key = start(staff, VehicleAction.RETIRE)
    update_rows(app, Vehicle, Vehicle.state == "on_trip", state="available")
    run_jobs(app)
    assert count_results(key) == {BulkResult.DONE: shown}
    assert states_of([fleet[2]]) == ["available"], "its ride ended after the preview"


def test_what_has_no_inverse_cannot_be_undone(
    app: Flask, staff: User, fleet: list[Vehicle]
) -> None:
    key = start(staff, VehicleAction.RETIRE)
    run_jobs(app)
    assert states_of(fleet[:2]) == ["removed", "removed"]
    with pytest.raises(CannotBeUndone):
        find_undoable(staff, key)
