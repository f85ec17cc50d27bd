"""Idempotency-Key: a request that is sent again acts once, and is answered the same."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from tests.api.client import ApiClient
from tests.auth.steps import age_rows
from tests.factories import UserFactory, VehicleFactory
from webapp.api.document import list_routes
from webapp.api.models import IdempotencyKey
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.ops.retention import delete_old_rows
from webapp.rides.models import Ride

RIDES = "/api/v1/rides"
HERE = {"lat": 40.7306, "lon": -73.9866}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def program(app: Flask, ada: User) -> ApiClient:
    return ApiClient.of(app, ada)


def send(program: ApiClient, path: str, key: str, body: Any = None) -> Any:
    return program.post(path, json=body, headers={"Idempotency-Key": key})


def start(program: ApiClient, vehicle: Vehicle, key: str = "one") -> Any:
    return send(program, RIDES, key, {"vehicle_id": str(vehicle.public_key)})


def problem_name(response: Any) -> str:
    return str(response.get_json()["type"]).rpartition("/")[2]


def count(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_another_body_is_never_answered_with_what_the_first_one_has_done(
    app: Flask, make_user: UserFactory
) -> None:
    """The answer to the first one is not kept yet: both are on their way, or a process died."""
    program = ApiClient.of(app, make_user("omar"))
    bike = {"type": "bike", "brand": "Pegasus", "color": "green", "address": "Here", **HERE}
    ids = set()
    for brand in ("Pegasus", "Okai"):
        added = send(program, "/api/v1/me/vehicles", "one", {**bike, "brand": brand})
        assert added.status_code == 201
        ids.add(added.get_json()["id"])
        with app.app_context():
            execute_write(delete(IdempotencyKey))
    assert len(ids) == 2


def test_a_start_that_is_sent_again_is_the_same_ride_also_when_it_has_ended(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    first = start(program, vehicle, '"one"')
    ride = first.headers["Location"]
    assert program.post(f"{ride}/end", json=HERE).status_code == 200
    again = start(program, vehicle)  # without quotes it is the same key
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == ride
    assert count(app, Ride) == 1


def test_a_start_whose_answer_was_not_kept_is_found_all_the_same(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    """The process died between the ride and the answer."""
    vehicle = make_vehicle()
    first = start(program, vehicle)
    assert program.post(f"{first.headers['Location']}/end", json=HERE).status_code == 200
    with app.app_context():
        execute_write(delete(IdempotencyKey))
    again = start(program, vehicle)
    assert (again.status_code, again.data) == (201, first.data)
    assert count(app, Ride) == 1


def test_two_at_once_have_one_effect_and_one_answer(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    vehicle, answers = make_vehicle(), list[tuple[int, bytes]]()

    def run(program: ApiClient) -> None:
        response = start(program, vehicle)
        answers.append((response.status_code, response.data))

    threads = [Thread(target=run, args=[ApiClient.of(app, ada)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert (count(app, Ride), count(app, IdempotencyKey)) == (1, 1)


def test_the_same_key_with_another_request_is_refused(
    program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    ride = start(program, make_vehicle()).headers["Location"]
    other = start(program, make_vehicle())
    assert (other.status_code, problem_name(other)) == (422, "idempotency-key-reused")
    assert send(program, f"{ride}/pause", "one").status_code == 200  # another operation
    stranger = f"{RIDES}/us-east1.{uuid4()}/pause"
    assert problem_name(send(program, stranger, "one")) == "idempotency-key-reused"


def test_a_late_repetition_undoes_nothing(program: ApiClient, make_vehicle: VehicleFactory) -> None:
    ride = start(program, make_vehicle()).headers["Location"]
    for action in ("pause", "resume", "pause"):
        answer = send(program, f"{ride}/{action}", action)
        assert answer.get_json()["url"] == ride
    assert program.get(ride).get_json()["state"] == "running"


def test_a_refusal_is_not_kept(program: ApiClient, make_vehicle: VehicleFactory) -> None:
    ride = start(program, make_vehicle()).headers["Location"]
    other = make_vehicle()
    assert problem_name(start(program, other, "two")) == "ride-already-open"
    program.post(f"{ride}/end", json=HERE)
    assert start(program, other, "two").status_code == 201


def test_a_key_is_of_one_account(
    app: Flask, program: ApiClient, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    first = start(program, make_vehicle())
    second = start(ApiClient.of(app, make_user()), make_vehicle())
    assert second.status_code == 201
    assert first.get_json() != second.get_json()


@pytest.mark.parametrize("key", ["", "é", "a b", '"', "x" * 256])
def test_a_key_that_is_not_valid_is_refused(
    program: ApiClient, make_vehicle: VehicleFactory, key: str
) -> None:
    response = start(program, make_vehicle(), key)
    assert (response.status_code, problem_name(response)) == (400, "idempotency-key-invalid")


def test_a_key_is_kept_for_a_day(
    app: Flask, program: ApiClient, make_vehicle: VehicleFactory
) -> None:
    start(program, make_vehicle())
    for hours, left in ((23, 1), (2, 0)):
        age_rows(app, IdempotencyKey, "created_at", timedelta(hours=hours))
        with app.app_context():
            list(delete_old_rows(["us-east1"]))
        assert count(app, IdempotencyKey) == left


def test_a_key_costs_no_round_trip_before_the_answer(
    program: ApiClient, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    """The answer is kept after it was sent: the one more of each pair."""
    vehicle, other = make_vehicle(), make_vehicle()
    round_trips()
    ride = program.post(RIDES, json={"vehicle_id": str(other.public_key)}).headers["Location"]
    start_trips = round_trips()
    program.post(f"{ride}/end", json=HERE)
    end_trips = round_trips()
    ride = start(program, vehicle).headers["Location"]
    assert round_trips() == start_trips + 1
    send(program, f"{ride}/end", "end", HERE)
    assert round_trips() == end_trips + 1
    start(program, vehicle)
    assert round_trips() == 1


def test_every_post_of_the_api_acts_once(app: Flask) -> None:
    """Its service gets the nonce of the key, or changes nothing the second time."""
    for route in list_routes(app):
        if route.method == "POST":
            view: Any = app.view_functions[route.endpoint]
            takes_nonce = "nonce" in view.__wrapped__.__annotations__
            assert takes_nonce or route.operation.is_repeatable, route.name
