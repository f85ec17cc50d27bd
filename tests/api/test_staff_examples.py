"""Each example of the document that is for owners and staff works as it stands."""

from flask import Flask

from tests.api.client import ApiClient
from tests.api.test_examples import send
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import insert_report
from tests.fleet.tasks.steps import insert_task
from tests.rides.earnings.steps import insert_share
from webapp.api.document import Route, example_command, list_routes

#: In this order, each leaves what the next one needs; what only reads comes first.
ORDER = [
    "own_vehicles_add", "staff_tasks_take", "staff_tasks_release", "staff_tasks_start",
    "staff_tasks_finish", "staff_reports_take", "staff_reports_answer", "staff_vehicles_act",
    "own_vehicles_save", "own_vehicles_retire",
]  # fmt: skip


def test_each_example_for_owners_and_staff_is_answered_as_the_document_says(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    user = make_user("sam", roles=["fleet"])
    insert_share(app, user)
    program, vehicle = ApiClient.of(app, user), make_vehicle(owner=user)
    paths = {
        "{city_name}": "new%20york",
        "{month}": "2026-10",
        "{action_name}": "mark_missing",
        "{vehicle_key}": vehicle.key,
        "{report_key}": insert_report(app, vehicle),
        "{task_key}": insert_task(app, make_vehicle().key),
    }
    routes = [
        route for route in list_routes(app)
        if (route.scope or "").startswith(("vehicles:", "earnings:", "fleet:"))
    ]  # fmt: skip
    assert {route.name for route in routes} >= set(ORDER)
    for route in sorted(routes, key=_place):
        with app.app_context():
            command = example_command(route)
        for name, value in paths.items():
            command = command.replace(name, str(value))
        response = send(program, command)
        assert response.status_code == route.operation.status, (command, response.text)


def _place(route: Route) -> int:
    return ORDER.index(route.name) if route.name in ORDER else -1
