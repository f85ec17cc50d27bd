"""A page and its resource of the API show the same: prices, states, times and texts."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any, NamedTuple

from flask import Flask

from tests.api.client import ApiClient
from tests.auth.steps import age_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.riders.wallet_steps import complete_top_up
from tests.visitor import Visitor
from webapp.fleet.enums import VehicleState
from webapp.fleet.labels import STATE_LABELS
from webapp.fleet.reports.labels import STATE_LABELS as REPORT_LABELS
from webapp.money import format_amount
from webapp.rides.models import Ride

API = "/api/v1"
HERE = {"lat": 40.7306, "lon": -73.9866, "address": "5 Elm Street"}
#: What a resource says of money, as people read it.
Money = dict[str, Any]
#: A text of a page, or a time that it shows.
Fact = str | datetime


class Case(NamedTuple):
    """A page and its resource, and what the page must show by what the resource says."""

    page: str
    resource: str
    facts: Callable[[Any], list[Fact]]


def money(value: Money) -> str:
    return format_amount(value["amount"], value["currency"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)


def find_missing(page: str, facts: list[Fact]) -> list[Fact]:
    """Return which facts a page does not show. Case does not count: a page may begin with one."""
    shown = {moment(text) for text in re.findall(r'datetime="([^"]+)"', page)}
    text = unescape(page).lower()
    return [
        fact
        for fact in facts
        if (fact not in shown if isinstance(fact, datetime) else fact.lower() not in text)
    ]


def state(name: str) -> str:
    return str(STATE_LABELS[VehicleState(name)])


def list_facts_of_ride(ride: Any) -> list[Fact]:
    """Of the receipt of a ride."""
    price = ride["price_details"]
    texts = [money({**price["total"], "amount": line["amount"]}) for line in price["lines"]]
    times = [moment(ride["started_at"]), moment(ride["ended_at"])]
    return [*texts, money(price["total"]), *times, ride["end_address"], ride["receipt_number"]]


def list_facts_of_wallet(wallet: Any) -> list[Fact]:
    return [money(balance) for balance in wallet["balances"]]


def list_facts_of_entries(entries: Any) -> list[Fact]:
    return [text for each in entries for text in (each["label"], money(each["amount"]).lstrip("-"))]


CASES = {
    "an available vehicle": Case(
        "/vehicles/{free}",
        f"{API}/vehicles/{{free}}",
        lambda each: [each["type"], each["price"]["text"]],
    ),
    "a reserved vehicle": Case(
        "/vehicles/{reserved}",
        f"{API}/vehicles/{{reserved}}",
        lambda each: [each["type"], state(each["state"])],
    ),
    "a running ride": Case(
        "/rides/{running}",
        f"{API}/rides/{{running}}",
        lambda each: [money(each["price_details"]["total"]), moment(each["started_at"])],
    ),
    "a receipt": Case("/rides/{ended}", f"{API}/rides/{{ended}}", list_facts_of_ride),
    "the rides": Case(
        "/rides",
        f"{API}/rides",
        lambda rides: [
            *(money(each["price"]) for each in rides if each["price"]),
            *(moment(each["started_at"]) for each in rides),
        ],
    ),
    "a dispute": Case(
        "/rides/{ended}/dispute",
        f"{API}/rides/{{ended}}/dispute",
        lambda each: [message["text"] for message in each["messages"]],
    ),
    "the wallet": Case("/wallet", f"{API}/wallet", list_facts_of_wallet),
    "the entries of the wallet": Case("/wallet", f"{API}/wallet/entries", list_facts_of_entries),
    "a report": Case(
        "/reports/{report}",
        f"{API}/reports/{{report}}",
        lambda each: [each["note"], each["vehicle_type"], str(REPORT_LABELS[each["state"]])],
    ),
    "the saved vehicles": Case(
        "/saved",
        f"{API}/me/saved-vehicles",
        lambda saved: [text for each in saved for text in (each["vehicle"]["type"], state(each["vehicle"]["state"]))],
    ),
    "the saved places": Case(
        "/saved", f"{API}/me/saved-places", lambda places: [each["label"] for each in places]
    ),
    "the profile": Case(
        "/users/me/edit",
        f"{API}/me/profile",
        lambda each: [each["first_name"], each["last_name"], each["about"]],
    ),
}  # fmt: skip


def test_a_page_and_its_resource_agree(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:  # fmt: skip
    make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 30, "interval": 1}])
    ada = make_user("ada")
    program = ApiClient.of(app, ada)
    with app.app_context():
        complete_top_up(ada.key, 5000, "USD")
    keys = ride_and_report(app, program, make_vehicle)
    keys["reserved"] = str(make_vehicle().public_key)
    other = ApiClient.of(app, make_user())
    other.post(f"{API}/reservation", json={"vehicle_id": keys["reserved"]})
    visitor.sign_in(ada)
    missing = []
    for name, case in CASES.items():
        answer = program.get(case.resource.format(**keys))
        assert answer.status_code == 200, name
        page = visitor.get(case.page.format(**keys)).text
        with app.test_request_context():
            facts = case.facts(answer.get_json())
        assert facts, name
        missing += [f"{name}: {fact}" for fact in find_missing(page, facts)]
    assert missing == []


def test_a_reservation_is_the_same_on_its_page(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:  # fmt: skip
    make_plan(reserve_min=10, reserve_max_min=20, reservation_rate=20)
    ada = make_user("ada")
    program, vehicle = ApiClient.of(app, ada), make_vehicle()
    program.post(f"{API}/reservation", json={"vehicle_id": str(vehicle.public_key)})
    reservation = program.get(f"{API}/reservation").get_json()
    page = visitor.sign_in(ada).get("/rides/reservation").text
    with app.test_request_context():
        price = money(reservation["extension"]["price"])
    facts = [reservation["vehicle"]["type"], moment(reservation["until"]), price]
    assert find_missing(page, facts) == []


def ride_and_report(app: Flask, program: ApiClient, make_vehicle: VehicleFactory) -> dict[str, str]:
    """Do what there is a resource of; return the keys."""
    vehicle, report = make_vehicle(), {"kind": "damage", "note": "The bell is broken."}
    free = str(make_vehicle().public_key)
    reports = f"{API}/vehicles/{free}/reports"
    keys = {"free": free, "report": program.post(reports, json=report).get_json()["id"]}
    program.put(f"{API}/me/saved-vehicles/{free}", json={})
    program.post(f"{API}/me/saved-places", json={"label": "Home", "lat": 40.7, "lon": -74})
    profile = program.get(f"{API}/me/profile").get_json()
    program.put(f"{API}/me/profile", json=profile | {"about": "I ride."})
    keys["ended"] = start(program, vehicle.public_key)
    age_rows(app, Ride, "started_at", timedelta(minutes=7))
    program.post(f"{API}/rides/{keys['ended']}/end", json=HERE)
    message = {"text": "The price is wrong."}
    program.post(f"{API}/rides/{keys['ended']}/dispute/messages", json=message)
    keys["running"] = start(program, make_vehicle().public_key)
    return keys


def start(program: ApiClient, vehicle_key: object) -> str:
    started = program.post(f"{API}/rides", json={"vehicle_id": str(vehicle_key)})
    return str(started.get_json()["id"])
