"""Rules make tasks by themselves, each once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update

from tests.auth.steps import new_browser
from tests.factories import VehicleFactory
from tests.fleet.alerts.rows import insert_alert
from tests.job_steps import run_jobs
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import one_of, table
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.settings import Mute, mute_vehicle_alert
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.jobs import apply_rules
from webapp.fleet.tasks.models import Task, TaskRule
from webapp.fleet.tasks.queries.settings import get_task_settings
from webapp.fleet.tasks.rules import RuleSettings
from webapp.fleet.tasks.schedules import TASK_RULES
from webapp.fleet.tasks.services.settings import save_rule
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.ops.jobs.running import JobOutcome
from webapp.ops.jobs.services import run_schedule
from webapp.regions.catalogue import city_or_404

TRIGGERS = one_of("trigger", AlertKind)
LONG_AGO = func.now() - timedelta(hours=3)


def switch_on(trigger: str, kind: str = "inspect", city: str = "new york", **terms: Any) -> None:
    values = {
        "is_on": True,
        "minutes": 60,
        "battery_percent": None,
        "kind": TaskKind(kind),
        **terms,
    }
    stored = get_task_settings(city_or_404(city)).rules[AlertKind(trigger)]
    save_rule(city_or_404(city), AlertKind(trigger), stored, RuleSettings(**values))


def run_rules(app: Flask, region: str = "us-east1") -> list[Task]:
    """Run the rules of a region; return all tasks, the oldest first."""
    run_schedule(TASK_RULES, region)
    assert set(run_jobs(app)) <= {JobOutcome.DONE}
    return list(db.session.scalars(select(Task).order_by(Task.created_at, Task.id)))


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize(
    ("trigger", "terms", "vehicle"),
    [
        ("battery_low", {"battery_percent": 20}, {"battery_percent": 19}),
        ("idle", {}, {}),
        ("out_of_service", {}, {"state": "non_operational"}),
        ("not_heard_of", {}, {"state": "non_contactable"}),
        ("short_rides", {}, {"alert": 3}),
        ("reserved_often", {}, {"alert": 3}),
        ("outside_area", {}, {"alert": 100}),
    ],
)
def test_each_trigger_finds_vehicles_that_have_been_so_for_long_enough(
    app: Flask, make_vehicle: VehicleFactory, trigger: str, terms: dict[str, Any],
    vehicle: dict[str, Any],
) -> None:  # fmt: skip
    value = vehicle.pop("alert", 0)

    def make(city: str = "new york", hours: float = 3, **columns: Any) -> Vehicle:
        since = func.now() - timedelta(hours=hours)
        usual = {"battery_percent": 60, "state_changed_at": since}
        made = make_vehicle(city, **{**usual, **columns})
        if value and columns == vehicle:
            insert_alert(made, trigger, value, hours)
        return made

    found = make(**vehicle)
    make(hours=0.5, **vehicle)
    mute_vehicle_alert(make(**vehicle), AlertKind(trigger), Mute(timedelta(hours=1), "known"))
    make("boston", **vehicle)
    if trigger != "idle":
        make(brand="Other")
    make(**{**vehicle, "state": "on_trip"})
    switch_on(trigger, **terms)
    (task,) = run_rules(app)
    assert (task.vehicle_id, task.city, task.state) == (found.id, "new york", "open")
    assert (task.source, task.trigger, task.creator_id) == ("rule", trigger, None)


@pytest.mark.parametrize(
    ("state", "reserved_h", "is_made"),
    [
        ("available", None, True),
        ("non_operational", None, True),
        ("reserved", -1, True),
        ("reserved", 1, False),
        ("on_trip", None, False),
        ("removed", None, False),
        ("missing", None, False),
    ],
)
@pytest.mark.parametrize("trigger", ["short_rides", "battery_low"])
def test_no_rule_makes_a_task_for_a_vehicle_that_somebody_uses(
    app: Flask,
    make_vehicle: VehicleFactory,
    state: str,
    reserved_h: int | None,
    is_made: bool,
    trigger: str,
) -> None:
    until = func.now() + timedelta(hours=reserved_h) if reserved_h else None
    vehicle = make_vehicle(
        state=state, reserved_until=until, battery_percent=10, state_changed_at=LONG_AGO
    )
    if trigger == "short_rides":
        insert_alert(vehicle, trigger, 3, 3)
    switch_on(trigger, battery_percent=20 if trigger == "battery_low" else None)
    assert len(run_rules(app)) == is_made


def test_a_limit_of_a_former_release_is_shown_as_it_counts(app: Flask) -> None:
    switch_on("battery_low", battery_percent=80)
    settings = get_task_settings(city_or_404("new york"))
    assert settings.rules[AlertKind.BATTERY_LOW].battery_percent == 50


def test_a_rule_makes_one_task_for_each_time_a_vehicle_is_so(
    app: Flask, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(state_changed_at=LONG_AGO)
    switch_on("idle")
    first = run_rules(app)
    assert len(first) == 1
    assert run_rules(app) == first
    is_task = table(Task).c.id == first[0].id
    execute_write(
        update(table(Task)).where(is_task).values(state="cancelled", closed_at=func.now())
    )
    assert len(run_rules(app)) == 1, "somebody has decided about it"
    long_ago = {"state_changed_at": func.now() - timedelta(hours=2)}
    execute_write(update(table(Task)).values(created_at=LONG_AGO))
    execute_write(update(table(Vehicle)).where(Vehicle.id == vehicle.id).values(long_ago))
    assert len(run_rules(app)) == 2, "it was ridden, and is idle again"


@pytest.fixture
def a_rule_of_the_next_release(app_context: None) -> Iterator[None]:
    """One with a trigger that this release does not know, and the CHECK does by then."""
    rules, check = table(TaskRule), "ck_task_rules_trigger"
    switch_on("idle")
    change_schema = f"ALTER TABLE task_rules DROP CONSTRAINT {check}"
    restore_schema = f"ALTER TABLE task_rules ADD CONSTRAINT {check} CHECK ({TRIGGERS})"
    with db.engines["write"].begin() as connection:
        connection.execute(text(change_schema))
    execute_write(update(rules).values(trigger="next_trigger"))
    yield
    execute_write(delete(rules).where(rules.c.trigger == "next_trigger"))
    with db.engines["write"].begin() as connection:
        connection.execute(text(restore_schema))


@pytest.mark.usefixtures("a_rule_of_the_next_release")
def test_a_rule_with_a_trigger_of_the_next_release_stops_no_other_rule_and_no_page(
    app: Flask, make_vehicle: VehicleFactory, fay: User
) -> None:
    make_vehicle(state="non_operational", state_changed_at=LONG_AGO)
    switch_on("out_of_service")
    (task,) = run_rules(app)
    assert task.trigger == "out_of_service"
    assert new_browser(app).sign_in(fay).get("/fleet/tasks/rules").status_code == 200


def test_a_rule_that_is_off_makes_nothing_and_writes_no_job(
    app: Flask, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(state_changed_at=LONG_AGO)
    switch_on("idle", is_on=False)
    assert run_rules(app) == []
    assert TASK_RULES.work_query
    assert db.session.execute(TASK_RULES.work_query("us-east1")).all() == []


def test_workers_that_run_a_rule_at_once_make_one_task_each(
    app: Flask, make_vehicle: VehicleFactory
) -> None:
    for _ in range(20):
        make_vehicle(state_changed_at=LONG_AGO)
    switch_on("idle")
    key = RowKey("us-east1", uuid4())
    job = RunningJob(key, "task_rules", {}, "lease", 1, func.now())  # type: ignore[arg-type]
    results = run_together(app, *[lambda: apply_rules(NoPayload(), job)] * 4)
    assert results == [None] * 4
    assert db.session.scalar(select(func.count()).select_from(Task)) == 20


def test_a_kind_of_the_city_is_made_by_a_rule_and_by_hand(
    app: Flask, fay: User, make_vehicle: VehicleFactory
) -> None:
    planner = new_browser(app).sign_in(fay)
    assert planner.send("/fleet/tasks/kinds/new%20york/add", name="Wash").status_code == 303
    vehicle = make_vehicle(state_changed_at=LONG_AGO)
    page = planner.get("/fleet/tasks/rules?city=new+york").text
    assert 'value="own:Wash"' in page
    rule = {"idle-is_on": "y", "idle-hours": "1", "idle-kind": "own:Wash"}
    assert planner.send("/fleet/tasks/rules/new%20york/idle", **rule).status_code == 303
    (task,) = run_rules(app)
    assert (task.kind, task.custom_kind) == ("own", "Wash")
    form = f"/fleet/vehicles/{vehicle.key}/tasks/new"
    made = planner.send(form, nonce="n", kind="own:Wash", priority="2")
    assert made.status_code == 409, "it has one already"
    assert planner.send("/fleet/tasks/kinds/new%20york/remove", name="Wash").status_code == 303
    assert "own:Wash" not in planner.get(form).text
    page = planner.get("/fleet/tasks/rules?city=new+york").text
    assert 'selected value="own:Wash"' in page, "the rule keeps what it says"
