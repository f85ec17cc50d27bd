"""Each thing that staff do with a task is an audit event, once."""

import pytest
from sqlalchemy import select

from tests.factories import VehicleFactory
from tests.fleet.tasks.steps import MakeTask, change_of, finish_task, start_task
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.outcomes import TaskOutcome
from webapp.fleet.tasks.services.planning import assign_task, cancel_task
from webapp.fleet.tasks.services.working import release_task, take_task


@pytest.mark.usefixtures("app_context")
def test_each_act_is_recorded_with_who_did_it_and_with_the_action_on_the_vehicle(
    max_: User, fay: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    vehicle = make_vehicle()
    key = make_task(vehicle)
    take_task(key, change_of(max_))
    release_task(key, change_of(max_))
    assign_task(fay, key, None, max_.key)
    start_task(key, change_of(max_))
    finish_task(key, change_of(max_), TaskOutcome(VehicleOutcome.DEPLOYED))
    second = make_task(vehicle)
    cancel_task(fay, second)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.at)).all()
    expected = [
        ("task.added", fay.key, f"task {key}"),
        ("task.taken", max_.key, f"task {key}"),
        ("task.released", max_.key, f"task {key}"),
        ("task.assigned", fay.key, f"task {key}"),
        ("task.started", max_.key, f"task {key}"),
        ("vehicle.action", max_.key, f"vehicle {vehicle.key}"),
        ("task.done", max_.key, f"task {key}"),
        ("vehicle.action", max_.key, f"vehicle {vehicle.key}"),
        ("task.added", fay.key, f"task {second}"),
        ("task.cancelled", fay.key, f"task {second}"),
    ]
    recorded = [(event.kind, event.actor, event.subject) for event in events]
    assert sorted(recorded) == sorted(expected)
    (started,) = [event.details for event in events if event.kind == "task.started"]
    assert started["before"] == {"state": "open", "is_assigned": True}
    assert started["after"] == {"state": "in_progress", "is_assigned": True}
    actions = [event.details for event in events if event.kind == "vehicle.action"]
    assert sorted((each["before"]["state"], each["after"]["state"]) for each in actions) == [
        ("available", "non_operational"), ("non_operational", "available"),
    ]  # fmt: skip
