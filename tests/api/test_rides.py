"""Rides in the API are those of the pages: the same rules, values and round trips."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.auth.steps import age_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.rides.models import Ride
from webapp.web.scopes import Scope

RIDES = "/api/v1/rides"
HERE = {"lat": 40.7306, "lon": -73.9866, "address": "5 Elm Street"}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def program(app: Flask, ada: User) -> ApiClient:
    return ApiClient.of(app, ada)


def start(program: ApiClient, vehicle: Vehicle, **values: Any) -> Any:
    return program.post(RIDES, json={"vehicle_id": str(vehicle.public_key), **values})


def problem_name(response: Any) -> str:
    assert response.mimetype == "application/problem+json"
    return str(response.get_json()["type"]).rpartition("/")[2]


def test_a_ride_from_start_to_receipt_is_as_on_its_page(
    app: Flask, program: ApiClient, visitor: Visitor, ada: User, make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:  # fmt: skip
    plan = make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 30, "interval": 1}])
    vehicle = make_vehicle()
    started = start(program, vehicle, plan_id=str(plan.id))
    assert started.status_code == 201
    ride_path = started.headers["Location"]
    assert ride_path == started.get_json()["url"]
    assert start(program, vehicle).get_json() == started.get_json()
    age_rows(app, Ride, "started_at", timedelta(seconds=90))
    running = program.get(ride_path).get_json()
    assert running == program.get(f"{RIDES}/current").get_json()
    assert running["state"] == "running"
    assert running["price_details"]["total"] == {"amount": 160, "currency": "USD"}
    assert "$1.60" in visitor.sign_in(ada).get(f"/rides/{running['id']}").text
    assert program.post(f"{ride_path}/pause").status_code == 200
    assert program.get(ride_path).get_json()["state"] == "paused"
    program.post(f"{ride_path}/resume")
    ended = program.post(f"{ride_path}/end", json=HERE)
    assert ended.get_json() == started.get_json()
    assert program.post(f"{ride_path}/end", json=HERE).status_code == 200
    ride = program.get(ride_path).get_json()
    assert (ride["state"], ride["end_address"]) == ("ended", "5 Elm Street")
    assert ride["price"] == ride["price_details"]["total"] == {"amount": 160, "currency": "USD"}
    assert [line["kind"] for line in ride["price_details"]["lines"]] == ["unlock", "minutes"]
    assert ride["ended_at"].endswith("Z")
    assert ride["receipt_number"] in visitor.get(f"/rides/{ride['id']}").text
    (listed,) = program.get(RIDES).get_json()
    assert listed == {name: ride[name] for name in listed}
    assert problem_name(program.get(f"{RIDES}/current")) == "not-found"


def test_the_rules_of_pages_refuse_with_their_types(
    app: Flask, program: ApiClient, make_user: UserFactory, make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:  # fmt: skip
    make_plan()
    vehicle, other = make_vehicle(), make_vehicle()
    assert problem_name(start(program, make_vehicle(state="on_trip"))) == "vehicle-unavailable"
    changed = start(program, vehicle, plan_id="00000000-0000-4000-8000-000000000000")
    assert problem_name(changed) == "price-changed"
    ride_id = start(program, vehicle).get_json()["id"]
    second = start(program, other)
    assert (second.status_code, problem_name(second)) == (409, "ride-already-open")
    assert second.get_json()["ride_id"] == ride_id
    far = program.post(f"{RIDES}/{ride_id}/end", json={"lat": 0, "lon": 0})
    assert (far.status_code, problem_name(far)) == (422, "end-too-far")
    stranger = ApiClient.of(app, make_user())
    assert problem_name(stranger.get(f"{RIDES}/{ride_id}")) == "not-found"
    for path in (f"{RIDES}/{ride_id}/end", f"{RIDES}/{ride_id}/pause"):
        assert problem_name(stranger.post(path, json=HERE)) == "not-found"
    unconfirmed = ApiClient.of(app, make_user(email_confirmed_at=None))
    assert problem_name(start(unconfirmed, other)) == "email-not-confirmed"


def test_who_must_agree_to_terms_agrees_with_the_start(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    terms = insert_text(app, "Terms", requires_agreement=True)
    vehicle = make_vehicle()
    refused = start(program, vehicle)
    assert problem_name(refused) == "terms-not-agreed"
    problem = refused.get_json()
    assert (problem["city"], problem["terms_id"]) == ("new york", str(terms))
    agreed = {"city": problem["city"], "terms_id": problem["terms_id"]}
    assert start(program, vehicle, agreed_terms=agreed).status_code == 201


def test_a_token_without_the_scope_starts_nothing(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    reader = ApiClient.of(app, ada, Scope.RIDES_READ)
    assert problem_name(start(reader, make_vehicle())) == "insufficient-scope"
    assert reader.get(RIDES).get_json() == []


@pytest.mark.parametrize(
    "body",
    [{}, {"vehicle_id": 1}, {"vehicle_id": "x"}, {"vehicle_id": "us-east1." + "-" * 36},
     {"vehicle_id": "us-east1.00000000-0000-4000-8000-000000000000", "plan_id": "x"}],
)  # fmt: skip
def test_a_start_that_is_not_valid_is_refused(program: ApiClient, body: Any) -> None:
    assert program.post(RIDES, json=body).status_code == 422


@pytest.mark.parametrize("changes", [{"lat": "1"}, {"lat": 91}, {"address": "a\nb"}, {"address": "x" * 201}, {"agreed_fee": -1}])  # fmt: skip
def test_an_end_that_is_not_valid_is_refused(program: ApiClient, changes: Any) -> None:
    path = f"{RIDES}/us-east1.00000000-0000-4000-8000-000000000000/end"
    response = program.post(path, json=HERE | changes)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == "/" + next(iter(changes))


def test_a_ride_costs_the_round_trips_of_its_page(
    app: Flask, program: ApiClient, visitor: Visitor, make_user: UserFactory,
    make_vehicle: VehicleFactory, round_trips: Callable[[], int],
) -> None:  # fmt: skip
    visitor.sign_in(make_user())
    token, vehicle, other = visitor.token(), make_vehicle(), make_vehicle()
    round_trips()

    def post_page(path: str, **fields: Any) -> str:
        response = visitor.post(path, data={"csrf_token": token, **fields})
        assert response.status_code == 303
        return str(response.location)

    page = post_page(f"/rides/start/{vehicle.public_key}").rpartition("/")[2]
    by_page = [round_trips()]
    post_page(f"/rides/pause/{page}")
    by_page.append(round_trips())
    post_page(f"/rides/end/{page}", lat="40.7306", lon="-73.9866")
    by_page.append(round_trips())
    path = start(program, other).headers["Location"]
    by_api = [round_trips()]
    program.post(f"{path}/pause")
    by_api.append(round_trips())
    program.post(f"{path}/end", json=HERE)
    by_api.append(round_trips())
    assert by_api == by_page
