"""Wallet, saved vehicles and places, reports and profile in the API are those of the pages."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from tests.api.client import ApiClient
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.forms import Form
from webapp.web.scopes import Scope

ME, WALLET, REPORTS = "/api/v1/me", "/api/v1/wallet", "/api/v1/reports"
TEN = {"amount": 1000, "currency": "USD"}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def program(app: Flask, ada: User) -> ApiClient:
    return ApiClient.of(app, ada)


def problem_name(response: Any) -> str:
    return str(response.get_json()["type"]).rpartition("/")[2]


def read_pointers(response: Any) -> list[str]:
    assert response.status_code == 422
    return [error["pointer"] for error in response.get_json()["errors"]]


def test_a_top_up_is_paid_at_the_provider_and_then_in_the_wallet(
    program: ApiClient, visitor: Visitor, ada: User
) -> None:
    program.key = "one"
    started = program.post(f"{WALLET}/top-ups", json=TEN)
    assert started.status_code == 201
    assert program.post(f"{WALLET}/top-ups", json=TEN).data == started.data
    top_up = started.headers["Location"]
    assert program.get(top_up).get_json()["state"] == "pending"
    (pending,) = program.get(WALLET).get_json()["pending_top_ups"]
    assert pending["amount"] == TEN
    visitor.sign_in(ada)
    visitor.send(urlsplit(started.get_json()["payment_url"]).path, pay="y")
    assert program.get(top_up).get_json() == {
        "id": started.get_json()["id"], "amount": TEN, "state": "paid",
    }  # fmt: skip
    wallet = program.get(WALLET).get_json()
    assert (wallet["balances"], wallet["payable_out"], wallet["pending_top_ups"]) == (
        [TEN],
        [TEN],
        [],
    )
    (entry,) = program.get(f"{WALLET}/entries").get_json()
    assert (entry["kind"], entry["amount"]) == ("top_up", TEN)
    assert "$10.00" in visitor.get("/wallet").text


def test_a_top_up_needs_a_key_and_an_amount_that_the_page_takes(
    app: Flask, program: ApiClient
) -> None:
    missing = program.post(f"{WALLET}/top-ups", json=TEN)
    assert (missing.status_code, problem_name(missing)) == (400, "idempotency-key-invalid")
    program.key = "one"
    for wrong, pointer in (
        ({"amount": 99}, "/amount"),
        ({"amount": 50_001}, "/amount"),
        ({"currency": "EUR"}, "/currency"),
    ):
        assert read_pointers(program.post(f"{WALLET}/top-ups", json=TEN | wrong)) == [pointer]


def test_a_payment_that_is_started_twice_is_one(
    app: Flask, program: ApiClient, make_user: UserFactory
) -> None:
    program.key = "one"
    ids = {program.post(f"{WALLET}/top-ups", json=TEN).get_json()["id"] for _ in range(2)}
    other = ApiClient.of(app, make_user())
    other.key = "one"
    ids.add(other.post(f"{WALLET}/top-ups", json=TEN).get_json()["id"])
    assert len(ids) == 2


def test_vehicles_are_saved_and_no_longer_saved(
    program: ApiClient, visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    vehicle = str(make_vehicle().public_key)
    saved = f"{ME}/saved-vehicles"
    assert program.put(f"{saved}/{vehicle}", json={}).status_code == 204
    (listed,) = program.get(saved).get_json()
    assert (listed["vehicle"]["id"], listed["is_waiting"]) == (vehicle, False)
    assert vehicle in visitor.sign_in(ada).get("/saved").text
    waiting = program.put(f"{saved}/{vehicle}", json={"is_waiting": True})
    assert problem_name(waiting) == "nothing-to-wait-for"
    assert program.delete(f"{saved}/{vehicle}").status_code == 204
    assert program.get(saved).get_json() == []


def test_a_saved_vehicle_that_is_reserved_can_be_waited_for(
    app: Flask, program: ApiClient, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = str(make_vehicle().public_key)
    ApiClient.of(app, make_user()).post("/api/v1/reservation", json={"vehicle_id": vehicle})
    saved = f"{ME}/saved-vehicles"
    for is_waiting in (True, False):
        program.put(f"{saved}/{vehicle}", json={"is_waiting": is_waiting})
        assert program.get(saved).get_json()[0]["is_waiting"] is is_waiting


def test_places_are_saved_by_the_form_of_the_page(program: ApiClient) -> None:
    places, home = f"{ME}/saved-places", {"label": " Home ", "lat": 40.73, "lon": -73.99}
    program.key = "one"
    ids = {program.post(places, json=home).get_json()["id"] for _ in range(2)}
    (listed,) = program.get(places).get_json()
    assert (listed["label"], {listed["id"]}) == ("Home", ids)
    program.key = ""
    assert read_pointers(program.post(places, json=home | {"label": "x" * 41})) == ["/label"]
    assert program.delete(f"{places}/{listed['id']}").status_code == 204
    assert program.get(places).get_json() == []


def test_a_report_is_filed_once_and_takes_the_vehicle_out_of_service(
    app: Flask, program: ApiClient, visitor: Visitor, ada: User, make_vehicle: VehicleFactory,
    row: RowReader, make_user: UserFactory,
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    path = f"/api/v1/vehicles/{vehicle.public_key}/reports"
    assert read_pointers(program.post(path, json={"kind": "other"})) == ["/note"]
    program.key = "one"
    report = {"kind": "damage", "critical": True, "note": "No brakes."}
    filed = program.post(path, json=report)
    assert (filed.status_code, filed.get_json()["takes_out_of_service"]) == (201, True)
    assert program.post(path, json=report).data == filed.data
    assert row(Vehicle, vehicle.key).state == "non_operational"
    shown = program.get(filed.headers["Location"]).get_json()
    assert (shown["state"], shown["note"], shown["answer"]) == ("new", "No brakes.", "")
    assert shown.pop("photos") == []
    assert program.get(REPORTS).get_json() == [shown]
    assert "No brakes." in visitor.sign_in(ada).get(f"/reports/{shown['id']}").text
    assert ApiClient.of(app, make_user()).get(filed.headers["Location"]).status_code == 404


def test_an_app_that_reports_in_the_name_of_staff_is_limited_as_riders_are(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (1, 86400))
    program = ApiClient.of(app, make_user(roles=["mechanic"]), Scope.REPORTS_WRITE)
    answers = [
        program.post(
            f"/api/v1/vehicles/{make_vehicle().public_key}/reports",
            json={"kind": "damage", "critical": True},
        ).get_json()
        for _ in range(2)
    ]
    assert [answer["takes_out_of_service"] for answer in answers] == [True, False]


def test_a_profile_is_changed_only_if_it_is_still_the_one_that_was_read(
    program: ApiClient, visitor: Visitor, ada: User
) -> None:
    path = f"{ME}/profile"
    read = program.get(path)
    etag = read.headers["ETag"]
    assert program.get(path, headers={"If-None-Match": etag}).status_code == 304
    profile = read.get_json() | {"about": "Hello."}
    match = {"If-Match": etag}
    assert program.put(path, json=profile, headers=match).status_code == 204
    stale = program.put(path, json=profile | {"about": "No."}, headers=match)
    assert (stale.status_code, problem_name(stale)) == (412, "precondition-failed")
    assert program.get(path).get_json() == profile
    assert program.put(path, json=profile | {"about": "Bye."}).status_code == 204
    assert "Bye." in visitor.sign_in(ada).get(f"/users/{ada.key}").text
    assert read_pointers(program.put(path, json=profile | {"city": "atlantis"})) == ["/city"]


def test_units_and_time_zone_are_a_part_of_the_profile(program: ApiClient) -> None:
    path = f"{ME}/profile"
    profile = program.get(path).get_json()
    names = ("distance_unit", "clock", "time_zone")
    assert [profile[name] for name in names] == ["km", "24", ""]
    chosen = profile | {"distance_unit": "mi", "clock": "24", "time_zone": "Asia/Tokyo"}
    assert program.put(path, json=chosen).status_code == 204
    assert program.get(path).get_json() == chosen
    assert read_pointers(program.put(path, json=chosen | {"time_zone": "Mars"})) == ["/time_zone"]
    del chosen["clock"]
    assert read_pointers(program.put(path, json=chosen)) == [""]


def test_what_a_program_does_not_send_of_a_profile_stays_as_others_have_just_set_it(
    program: ApiClient, ada: User, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another device, after the request of the program has been read."""

    def change_elsewhere(form: Form) -> None:
        values = {"units": "mi-12", "time_zone": "Asia/Tokyo"}
        execute_write(update(User).where(User.id == ada.id).values(values))

    monkeypatch.setattr("webapp.riders.profile_api.check_form", change_elsewhere)
    sent = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
    etag = program.get(f"{ME}/profile").headers["ETag"]
    assert program.put(f"{ME}/profile", json=sent).status_code == 204
    stored = row(User, ada.key)
    assert (stored.last_name, stored.units, stored.time_zone) == ("Byron", "mi-12", "Asia/Tokyo")
    stale = program.put(f"{ME}/profile", json=sent, headers={"If-Match": etag})
    assert stale.status_code == 412


def test_which_mails_come_is_chosen(program: ApiClient) -> None:
    path = f"{ME}/mails"
    assert program.get(path).get_json() == {"rides_digest": False, "vehicles_digest": False}
    both = {"rides_digest": True, "vehicles_digest": True}
    assert program.put(path, json=both).status_code == 204
    assert program.get(path).get_json() == {"rides_digest": True, "vehicles_digest": False}


def test_messages_are_in_the_language_of_the_reader(
    app: Flask, program: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    german = {"Accept-Language": "de"}
    place = {"label": "", "lat": 40.73, "lon": -73.99}
    refused = program.post(f"{ME}/saved-places", json=place, headers=german)
    assert read_pointers(refused) == ["/label"]
    assert refused.headers["Content-Language"] == "de"
    assert refused.get_json()["errors"][0]["detail"] != "Fill this in."


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", WALLET, Scope.WALLET_READ),
        ("POST", f"{WALLET}/top-ups", Scope.WALLET_WRITE),
        ("GET", REPORTS, Scope.REPORTS_READ),
        ("PUT", f"{ME}/profile", Scope.ACCOUNT_WRITE),
    ],
)
def test_a_token_needs_the_scope(
    app: Flask, ada: User, method: str, path: str, scope: Scope
) -> None:
    other = ApiClient.of(app, ada, *(each for each in Scope if each is not scope))
    response = other.open(path, method=method, json={} if method != "GET" else None)
    assert (response.status_code, response.get_json()["scope"]) == (403, scope)
