"""The pages of tasks."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from tests.auth.steps import new_browser, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_photo, make_report_data
from tests.fleet.tasks.steps import MakeTask
from tests.visitor import Visitor
from webapp import photos
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.services import file_report
from webapp.fleet.tasks.forms import working
from webapp.fleet.tasks.models import Task

LIST = "/fleet/tasks?city=new+york"
JSON = {"Accept": "application/json"}


@pytest.fixture
def mechanic(app: Flask, max_: User) -> Visitor:
    return new_browser(app).sign_in(max_)


@pytest.fixture
def planner(app: Flask, fay: User) -> Visitor:
    return new_browser(app).sign_in(fay)


def change(browser: Visitor, key: object, action: str, **fields: object) -> int:
    path = f"/fleet/tasks/{key}/{action}"
    return int(browser.send(path, act_id=uuid4().hex, acted_at="", **fields).status_code)


def test_a_mechanic_does_a_task_from_the_list_to_done(
    mechanic: Visitor, make_vehicle: VehicleFactory, make_task: MakeTask, row: RowReader,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    vehicle = make_vehicle(battery_percent=9)
    key = make_task(vehicle, "swap_battery", note="Bring the ladder.")
    round_trips()
    page = mechanic.get(LIST).text
    assert round_trips() == 2
    assert f'href="/fleet/tasks/{key}"' in page
    page = mechanic.get(f"/fleet/tasks/{key}").text
    assert round_trips() == 2
    assert "Bring the ladder." in page
    assert "Take it" in page
    for action in ("take", "start"):
        assert change(mechanic, key, action) == 303
    assert "Finish" in mechanic.get(f"/fleet/tasks/{key}").text
    assert change(mechanic, key, "finish") == 422, "it does not say what becomes of the vehicle"
    done = change(
        mechanic, key, "finish", vehicle="deployed", note="Swapped.", minutes="7", part1="Cable",
        count1="2", cost1="3.50", photo1=(make_photo(), "a.jpg"),
    )  # fmt: skip
    assert done == 303
    assert row(Vehicle, vehicle.key).battery_percent == 100
    page = mechanic.get(f"/fleet/tasks/{key}").text
    for text in ("Swapped.", "7 minutes of work", "2 × Cable", "$3.50"):
        assert text in page
    assert mechanic.get(f"/fleet/tasks/{key}/photos/1").data.startswith(b"\xff\xd8")


def test_the_list_has_own_tasks_as_a_route_and_free_ones_by_distance(
    mechanic: Visitor, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    far, near, middle = (make_task(make_vehicle(at=(40.70 + n, -74.0))) for n in (0.05, 0.01, 0.03))
    free = [make_task(make_vehicle(at=(40.70 + n, -74.0))) for n in (0.04, 0.02)]
    for key in (far, near, middle):
        change(mechanic, key, "take")
    page = mechanic.get(f"{LIST}&lat=40.70&lon=-74.0").text
    places = [page.index(f'data-task="{key}"') for key in (near, middle, far, free[1], free[0])]
    assert places == sorted(places)
    assert "1.1 km" in page
    assert "geo:40.71,-74.0" in page
    page = mechanic.get(f"/fleet/tasks/{near}").text
    assert f'href="/fleet/tasks/{middle}">My next task' in page
    assert mechanic.get(f"{LIST}&lat=x&lon=999").status_code in (200, 422)


def test_a_refusal_is_shown_on_the_page_and_told_to_the_script(
    app: Flask, mechanic: Visitor, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    key = make_task(make_vehicle())
    other = new_browser(app).sign_in(mia)
    assert change(other, key, "take") == 303
    refused = mechanic.send(f"/fleet/tasks/{key}/take", act_id=uuid4().hex)
    assert refused.status_code == 409
    assert "A colleague has taken this task." in refused.text
    assert "Mia Lovelace" not in refused.text
    data = {"csrf_token": mechanic.token(), "act_id": uuid4().hex}
    told = mechanic.post(f"/fleet/tasks/{key}/start", data=data, headers=JSON)
    assert (told.status_code, told.json) == (
        409,
        {"message": "A colleague has taken this task. What you did was not saved."},
    )
    ok = other.post(
        f"/fleet/tasks/{key}/start", data={**data, "csrf_token": other.token()}, headers=JSON
    )
    assert ok.json == {"message": "Started. Nobody can ride the vehicle now."}


def test_the_photos_of_a_task_that_is_not_ones_own_are_not_decoded(
    app: Flask, mechanic: Visitor, mia: User, make_vehicle: VehicleFactory, make_task: MakeTask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    fields = {"vehicle": "deployed", "photo1": (make_photo(), "a.jpg")}
    with monkeypatch.context() as patch:
        patch.setattr(working, "reencode_photos", lambda _: pytest.fail("it was decoded"))
        assert change(mechanic, key, "finish", **fields) == 409, "nobody has started it"
        change(new_browser(app).sign_in(mia), key, "start")
        fields["photo1"] = (make_photo(), "a.jpg")
        assert change(mechanic, key, "finish", **fields) == 409


@pytest.mark.parametrize("field", ["count2", "cost3"])
def test_a_part_without_a_name_is_refused_beside_its_field(
    mechanic: Visitor, make_vehicle: VehicleFactory, make_task: MakeTask, field: str
) -> None:
    key = make_task(make_vehicle())
    change(mechanic, key, "start")
    fields = {"vehicle": "deployed", "act_id": uuid4().hex, field: "2"}
    response = mechanic.send(f"/fleet/tasks/{key}/finish", **fields)
    assert response.status_code == 422
    assert f'id="part{field[-1]}-error">What is it called?' in response.text


def test_who_took_a_vehicle_along_that_somebody_rides_is_told(
    app: Flask, mechanic: Visitor, make_vehicle: VehicleFactory, make_task: MakeTask
) -> None:
    key = make_task(make_vehicle())
    change(mechanic, key, "start")
    update_rows(app, Vehicle, state="on_trip")
    assert change(mechanic, key, "finish", vehicle="picked_up") == 303
    assert "someone is riding it" in mechanic.get(f"/fleet/tasks/{key}").text


def test_a_busy_decoder_is_told_beside_the_photo_and_what_was_typed_stays(
    mechanic: Visitor, make_vehicle: VehicleFactory, make_task: MakeTask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    change(mechanic, key, "start")
    monkeypatch.setattr(photos, "MAX_WAIT_S", 0)
    fields = {"vehicle": "deployed", "note": "New pads.", "act_id": uuid4().hex}
    with photos._decoding:
        response = mechanic.send(
            f"/fleet/tasks/{key}/finish", **fields, photo1=(make_photo(), "a.jpg")
        )
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert "New pads." in response.text
    assert 'id="photo1-error"' in response.text


def test_a_planner_makes_a_task_and_assigns_it(
    planner: Visitor, max_: User, make_vehicle: VehicleFactory, row: RowReader,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    path = f"/fleet/vehicles/{vehicle.key}/tasks/new"
    round_trips()
    assert "Swap the battery" in planner.get(path).text
    assert round_trips() == 2
    assert planner.send(path).status_code == 422
    made = planner.send(path, nonce="n", kind="repair", priority="1", note="Bell.")
    key = made.location.rpartition("/")[2]
    again = planner.send(path, nonce="m", kind="repair", priority="1", note="")
    assert again.status_code == 409
    assert f"/fleet/tasks/{key}" in again.text
    round_trips()
    page = planner.get("/fleet/tasks/plan?city=new+york").text
    assert round_trips() == 2
    assert page.count('<option value="us-east1.') == page.count("data-assignee") - 1
    assert f'value="{max_.key}">Max Lovelace' in page  # once, for however many tasks
    assigned = planner.send(
        f"/fleet/tasks/{key}/assign", seen="", assignee=str(max_.key), city="new york", kind=""
    )
    assert assigned.status_code == 303
    next_page = planner.get(assigned.location).text
    assert f'value="{max_.key}" selected' in next_page, "the next one may be for the same person"
    task = row(Task, made.location.rpartition("/")[2].split(".", 1))
    assert (task.assignee_key, task.priority, task.source) == (max_.key, 1, "staff")
    stale = planner.send(f"/fleet/tasks/{key}/assign", seen="", assignee="", city="new york")
    assert "changed meanwhile" in planner.get(stale.location).text
    freed = planner.send(
        f"/fleet/tasks/{key}/assign", seen=str(max_.key), assignee="nobody", city="new york"
    )
    assert freed.status_code == 303
    assert row(Task, made.location.rpartition("/")[2].split(".", 1)).assignee_key is None
    assert planner.send(f"/fleet/tasks/{key}/cancel").status_code == 303
    assert "Cancelled" in planner.get(f"/fleet/tasks/{key}").text


def test_only_a_planner_reads_who_has_a_task(
    mechanic: Visitor, planner: Visitor, app: Flask, mia: User, make_vehicle: VehicleFactory,
    make_task: MakeTask,
) -> None:  # fmt: skip
    key = make_task(make_vehicle())
    change(new_browser(app).sign_in(mia), key, "take")
    assert "Mia Lovelace" in planner.get(f"/fleet/tasks/{key}").text
    page = mechanic.get(f"/fleet/tasks/{key}").text
    assert "Mia Lovelace" not in page
    assert "A colleague has this task." in page


def test_a_task_is_made_from_a_report_of_its_vehicle_only(
    app: Flask, planner: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle, other = make_vehicle(), make_vehicle()
    with app.app_context():
        report = file_report(make_user().key, vehicle.key, "n", make_report_data())
    link = f'href="/fleet/vehicles/{vehicle.key}/tasks/new?report={report}&amp;kind=repair"'
    assert link in planner.get(f"/fleet/reports/{report}").text
    path = f"/fleet/vehicles/{other.key}/tasks/new?report={report}"
    assert planner.send(path, nonce="n", kind="repair", priority="2").status_code == 404
    made = planner.send(
        f"/fleet/vehicles/{vehicle.key}/tasks/new?report={report}",
        nonce="n", kind="repair", priority="2",
    )  # fmt: skip
    assert f"/fleet/reports/{report}" in planner.get(made.location).text
