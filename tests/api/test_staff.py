"""Staff work by the API as on their pages, in their cities only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.reports.steps import insert_report
from tests.fleet.tasks.steps import insert_task
from tests.numbers.steps import add_rides
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.numbers.services import update_rollups
from webapp.web.access import find_required_scope, required_access
from webapp.web.roles import Permission
from webapp.web.scopes import STAFF_SCOPES, Scope

FLEET, KEY = "/api/v1/fleet", "Idempotency-Key"


@pytest.fixture
def staff(make_user: UserFactory) -> User:
    """A member of staff for the fleet of New York only."""
    return make_user("sam", roles={"fleet": ["new york"]})


@pytest.fixture
def program(app: Flask, staff: User) -> ApiClient:
    """A program of that member of staff."""
    return ApiClient.of(app, staff)


def test_the_list_has_the_vehicles_of_the_page_with_its_filters(
    app: Flask, staff: User, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    out = make_vehicle(state="non_operational", brand="Voi", battery_percent=7)
    free = make_vehicle(form_factor="bicycle")
    make_vehicle(state="removed")
    make_vehicle("paris", at=(48.85, 2.35))
    page = new_browser(app).sign_in(staff).get("/fleet/vehicles").text
    listed = program.get(f"{FLEET}/vehicles").get_json()
    assert {each["id"] for each in listed} == {str(out.key), str(free.key)}
    assert all(str(each["id"]) in page for each in listed)
    for query in ("state=non_operational", "q=voi", "form_factor=scooter_standing&city=new york"):
        (found,) = program.get(f"{FLEET}/vehicles?{query}").get_json()
        assert found["id"] == str(out.key)
        assert (found["code"], found["battery_percent"]) == (out.code, 7)


def test_a_vehicle_has_its_events_reports_and_what_can_be_done(
    app: Flask, staff: User, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    report = insert_report(app, vehicle, note="A flat tyre")
    browser = new_browser(app).sign_in(staff)
    act = f"/fleet/vehicles/{vehicle.key}/actions/take_out_of_service"
    assert browser.send(act, reason="maintenance", note="Brakes").status_code == 303
    shown = program.get(f"{FLEET}/vehicles/{vehicle.key}").get_json()
    assert (shown["state"], shown["out_of_service_reason"]) == ("non_operational", "maintenance")
    assert shown["events"][0] | {"number": 1, "occurred_at": ""} == {
        "number": 1,
        "occurred_at": "",
        "state": "non_operational",
        "event_types": ["maintenance"],
        "cause": "staff",
        "action": "take_out_of_service",
        "actor": "sam",
        "note": "Brakes",
    }
    assert [each["id"] for each in shown["reports"]] == [str(report)]
    assert {"return_to_service", "retire"} <= set(shown["possible_actions"])


def test_tasks_and_reports_are_those_of_the_pages(
    app: Flask, staff: User, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    mine = insert_task(app, vehicle.key, assignee_region=staff.region, assignee_id=staff.id)
    free = insert_task(app, vehicle.key, kind="repair", priority=1)
    tasks = program.get(f"{FLEET}/tasks?lat=40.73&lon=-73.98").get_json()
    assert [each["id"] for each in tasks["own"]] == [str(mine)]
    assert [each["id"] for each in tasks["free"]] == [str(free)]
    assert program.get(f"{FLEET}/tasks/{free}").get_json() == tasks["free"][0] | {
        "distance_m": None
    }
    report = insert_report(app, vehicle, critical=True)
    insert_report(app, vehicle, state="resolved")
    (listed,) = program.get(f"{FLEET}/reports").get_json()
    assert (listed["id"], listed["vehicle_id"]) == (str(report), str(vehicle.key))
    assert len(program.get(f"{FLEET}/reports?state=resolved").get_json()) == 1
    assert program.get(f"{FLEET}/reports/{report}").get_json()["critical"] is True


def test_numbers_are_those_of_the_file(
    app: Flask, staff: User, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    at = datetime.now(UTC) - timedelta(days=3)
    ride = {"started_at": at, "ended_at": at + timedelta(minutes=10)}
    with app.app_context():
        add_rides(staff, make_vehicle(), [ride] * 12)
        update_rollups(find_city())
    numbers = program.get(f"{FLEET}/numbers?range=7d").get_json()
    lines = new_browser(app).sign_in(staff).get("/fleet/numbers.csv?range=7d").text.splitlines()
    assert (numbers["city"], numbers["period"]) == ("new york", "day")
    assert ("rides", 12) in [(each["metric"], each["value"]) for each in numbers["figures"]]
    assert len(numbers["figures"]) == len(lines) - 1


def test_staff_need_the_permission_and_the_token_the_scope(
    app: Flask, staff: User, make_user: UserFactory
) -> None:
    for path in ("vehicles", "tasks", "reports"):
        assert ApiClient.of(app, make_user()).get(f"{FLEET}/{path}").status_code == 403
        token = ApiClient.of(app, staff, Scope.VEHICLES_READ, Scope.RIDES_READ)
        problem = token.get(f"{FLEET}/{path}").get_json()
        assert problem["scope"] == "fleet:read"


def test_each_scope_of_staff_names_the_permissions_of_its_views(app: Flask) -> None:
    permissions: dict[Scope, set[Permission]] = {}
    with app.app_context():
        for endpoint in app.view_functions:
            scope, access = find_required_scope(endpoint), required_access(endpoint)
            if scope and isinstance(access, Permission):
                permissions.setdefault(scope, set()).add(access)
    assert permissions == STAFF_SCOPES


def test_staff_without_a_second_factor_where_it_is_required_get_nothing(
    app: Flask, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_REQUIRED", True)
    for second_factor, status in ((False, 403), (True, 200)):
        program = ApiClient.of(app, staff, second_factor=second_factor)
        assert program.get(f"{FLEET}/vehicles").status_code == status


def test_an_action_by_the_api_is_that_of_the_page_and_done_once(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(battery_percent=7)
    act = f"{FLEET}/vehicles/{vehicle.key}/actions"
    swap = {"battery_percent": 95, "note": "Fresh"}
    for _ in range(2):
        response = program.post(f"{act}/swap_battery", json=swap, headers={KEY: "one"})
        assert response.status_code == 200
        assert response.headers["Location"] == f"{FLEET}/vehicles/{vehicle.key}"
    assert row(Vehicle, vehicle.key).battery_percent == 95
    shown = program.get(f"{FLEET}/vehicles/{vehicle.key}").get_json()
    assert [each["action"] for each in shown["events"] if each["action"]] == ["swap_battery"]
    place = {"lat": 40.731, "lon": -73.987}
    for action, body, state in [
        ("take_out_of_service", {"out_of_service_reason": "battery_low"}, "non_operational"),
        ("return_to_service", {}, "available"),
        ("pick_up", {"pick_up_reason": "rebalance_pick_up"}, "removed"),
        ("deploy", place, "available"),
        ("mark_missing", {}, "missing"),
        ("mark_found", {}, "non_operational"),
        ("retire", {}, "removed"),
    ]:
        assert program.post(f"{act}/{action}", json=body).status_code == 200, action
        assert row(Vehicle, vehicle.key).state == state
    assert problem_name(program.post(f"{act}/deploy", json=place)) == "vehicle-retired"


def test_an_action_needs_its_values_and_its_state(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    vehicle, ridden = make_vehicle(), make_vehicle(state="on_trip")
    act = f"{FLEET}/vehicles/{vehicle.key}/actions"
    for action, body in [
        ("deploy", {}), ("move", {"lat": 1.0}), ("swap_battery", {"battery_percent": 0}),
        ("retire", {"note": "a\nb"}), ("retire", {"why": "x"}),
    ]:  # fmt: skip
        assert program.post(f"{act}/{action}", json=body).status_code == 422, (action, body)
    for action in ("edit", "transfer", "fly"):
        assert program.post(f"{act}/{action}", json={}).status_code == 404
    assert problem_name(program.post(f"{act}/mark_found", json={})) == "action-not-possible"
    response = program.post(f"{FLEET}/vehicles/{ridden.key}/actions/retire", json={})
    assert problem_name(response) == "vehicle-on-ride"
    far = {"lat": 48.85, "lon": 2.35}
    assert problem_name(program.post(f"{act}/move", json=far)) == "place-too-far"


def test_a_task_is_taken_started_and_finished_once(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(state="non_operational", out_of_service_reason="battery_low")
    task = insert_task(app, vehicle.key, kind="swap_battery")
    other = ApiClient.of(app, make_staff(app))
    path = f"{FLEET}/tasks/{task}"
    for action in ("take", "take", "start"):
        assert program.post(f"{path}/{action}", headers={KEY: action}).status_code == 200
    assert problem_name(other.post(f"{path}/take")) == "task-taken"
    outcome = {"vehicle": "deployed", "note": "New battery\nand bell", "minutes": 12}
    for _ in range(2):
        done = program.post(f"{path}/finish", json=outcome, headers={KEY: "done"})
        assert done.get_json()["has_vehicle_outcome"] is True
    assert program.get(path).get_json()["state"] == "done"
    assert row(Vehicle, vehicle.key).state == "available"
    assert problem_name(program.post(f"{path}/finish", json=outcome)) == "task-closed"


def test_a_report_is_taken_answered_and_closed_once(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(state="non_operational")
    report = insert_report(app, vehicle, critical=True)
    path, other = f"{FLEET}/reports/{report}", ApiClient.of(app, make_staff(app))
    for _ in range(2):
        assert program.post(f"{path}/take").status_code == 200
    assert program.get(path).get_json()["assignee"] == "sam"
    assert problem_name(other.post(f"{path}/take")) == "assignee-changed"
    reply: dict[str, Any] = {"state": "resolved", "text": "Mended.", "seen_state": "new"}
    assert problem_name(program.post(f"{path}/answer", json=reply)) == "report-changed"
    reply |= {"seen_state": "in_progress", "returns_to_service": True}
    for _ in range(2):
        assert program.post(f"{path}/answer", json=reply).status_code == 200
    shown = program.get(path).get_json()
    assert (shown["state"], shown["answer"]) == ("resolved", "Mended.")
    assert row(Vehicle, vehicle.key).state == "available"
    assert program.post(f"{path}/answer", json=reply | {"state": "new"}).status_code == 422


def make_staff(app: Flask) -> User:
    """Make another member of staff for New York."""
    return UserFactory(app)("kim", roles={"fleet": ["new york"]})


def problem_name(response: Any) -> str:
    return str(response.get_json()["type"]).rpartition("/")[2]
