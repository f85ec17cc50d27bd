"""What staff do with vehicles, tasks and reports is written in the region of the city alone: a
statement over two regions is slower, and fails when one of them is lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.reports.steps import make_report_data
from tests.fleet.tasks.steps import change_of, finish_task, insert_task, start_task
from tests.job_steps import run_jobs
from webapp.audit import writing
from webapp.auth.models import User
from webapp.db.types import REGIONAL_BY_ROW
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.settings import Mute, mute_vehicle_alert
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.services import start_bulk_action
from webapp.fleet.models import Vehicle
from webapp.fleet.queues.assignment import Assignment
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.services import file_report
from webapp.fleet.reports.staff_services import ReportAnswer, answer_report, assign_report
from webapp.fleet.tasks.enums import TaskKind, VehicleOutcome
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.services.planning import NewTask, add_task
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.rides.reservations.services import reserve_vehicle

pytestmark = pytest.mark.usefixtures("app_context")

#: What staff do with a vehicle: the application, they, the vehicle, a report about it.
Act = Callable[[Flask, User, Vehicle, Report], object]


@pytest.fixture
def staff(make_user: UserFactory, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody in Paris who looks after the vehicles of New York, too."""
    staff = make_user("noa", city="paris", roles=["fleet"])
    monkeypatch.setattr(writing, "find_signed_in_account", lambda: staff.key)
    return staff


@pytest.fixture
def report(make_user: UserFactory, make_vehicle: VehicleFactory) -> Report:
    ada, vehicle = make_user("ada"), make_vehicle()
    key = file_report(ada.key, vehicle.key, "nonce", make_report_data(critical=True))
    query = select(Report).options(joinedload(Report.reporter)).where(Report.id == key.id)
    return db.session.scalars(query).unique().one()


def act(action: VehicleAction, _: Flask, staff: User, vehicle: Vehicle, __: Report) -> None:
    act_on_vehicle(staff, vehicle.key, action, ActionDetails())


def act_in_bulk(app: Flask, staff: User, vehicle: Vehicle, _: Report) -> None:
    selection = Selection(find_city(), {vehicle.id})
    start_bulk_action(staff, uuid4(), VehicleAction.PICK_UP, ActionDetails(), selection)
    run_jobs(app)


def work_on_task(app: Flask, staff: User, vehicle: Vehicle, _: Report) -> None:
    add_task(staff, vehicle.key, "nonce", NewTask(TaskKind.REPAIR))
    task_key = insert_task(app, vehicle.key)
    start_task(task_key, change_of(staff))
    finish_task(task_key, change_of(staff), TaskOutcome(VehicleOutcome.DEPLOYED))


def mute(_: Flask, __: User, vehicle: Vehicle, ___: Report) -> None:
    mute_vehicle_alert(vehicle, next(iter(AlertKind)), Mute(timedelta(days=3), "winter"))


ACTS: dict[str, Act] = {
    "take out of service": partial(act, VehicleAction.TAKE_OUT_OF_SERVICE),
    "retire": partial(act, VehicleAction.RETIRE),
    "bulk action": act_in_bulk,
    "task": work_on_task,
    "mute": mute,
    "assign": lambda _, staff, __, report: assign_report(report, Assignment(None, staff.username)),
    "answer": lambda _, __, ___, report: answer_report(
        report, report.state, ReportAnswer(ReportState.RESOLVED, "Done", True)
    ),
}


def read_rows(region: str) -> dict[str, list[str]]:
    """Return all rows of a region, as text, by table."""
    db.session.expire_all()
    tables = db.metadata.sorted_tables
    names = [each.name for each in tables if each.info.items() >= REGIONAL_BY_ROW.items()]
    return {
        name: list(
            db.session.scalars(
                text(f"SELECT each::text FROM {name} AS each WHERE region = :region ORDER BY 1"),
                {"region": region},
            )
        )
        for name in names
    }


@pytest.mark.parametrize("each", ACTS.values(), ids=ACTS)
def test_staff_of_another_region_write_only_in_the_region_of_the_city(
    app: Flask, staff: User, report: Report, make_vehicle: VehicleFactory, each: Act
) -> None:
    vehicle = make_vehicle()
    before, of_city = read_rows(staff.region), read_rows(vehicle.region)
    each(app, staff, vehicle, report)
    assert read_rows(staff.region) == before
    changed = [name for name, rows in read_rows(vehicle.region).items() if rows != of_city[name]]
    assert "events" in changed
    assert staff.region != vehicle.region


def test_a_vehicle_that_a_rider_of_another_region_has_reserved_is_taken_away_in_its_own(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    staff, rider, vehicle = make_user(roles=["fleet"]), make_user(city="paris"), make_vehicle()
    reserve_vehicle(rider.key, vehicle.public_key)
    before = read_rows(rider.region)
    act_on_vehicle(staff, vehicle.key, VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails())
    assert read_rows(rider.region) == before
    run_jobs(app)
    changed = [name for name, rows in read_rows(rider.region).items() if rows != before[name]]
    assert changed == ["jobs", "reservations"]
