"""Actions that the audit trail records, one function for each kind of event."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from uuid import uuid5

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.auth.steps import (
    NEW_PASSWORD,
    expire_authentication,
    find_link,
    new_browser,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, PlanFactory, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.ops.cities.services import CityData, open_city

HERE = "203.0.113.7"
NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
SAVED_REPLY = {"title": "Sorry", "queue": "reports", "language": "en", "text": "wrong password"}
PERSON = {"city": "paris", "first_name": "Eve", "last_name": "Byron", "username": "eve"}
BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "48.85",
    "lon": "2.35",
}
PLACE = {"address": "By the fountain", "lat": "40.73", "lon": "-73.99"}


@dataclass
class Scene:
    """Ada, who is signed in, some things of hers, and a stranger's browser."""

    app: Flask
    ada: User
    client: Visitor
    stranger: Visitor
    make_user: UserFactory
    make_vehicle: VehicleFactory
    make_plan: PlanFactory

    @property
    def account(self) -> str:
        return f"account {self.ada.key}"

    def link(self, to: str = "ada@example.org") -> str:
        return find_link(read_mails(self.app, to)[-1])

    def follow(self, to: str = "ada@example.org", **fields: str) -> TestResponse:
        response: TestResponse = self.stranger.send(self.link(to), **fields)
        return response


#: The response, the account that acted, and the subject as the audit trail names it.
Outcome = tuple[TestResponse, "RowKey | None", "str | None"]
Action = Callable[["Scene"], Outcome]
#: The name of each action -> the kind of audit event that it writes, and the action.
ACTIONS: dict[str, tuple[AuditKind, Action]] = {}


def records(kind: AuditKind) -> Callable[[Action], Action]:
    """Register an action as one that writes an audit event of this kind."""

    def register_action(action: Action) -> Action:
        ACTIONS[action.__name__.replace("_", " ")] = kind, action
        return action

    return register_action


def outcome_for_ada(scene: Scene, response: TestResponse) -> Outcome:
    return response, scene.ada.key, scene.account


@records(AuditKind.REGISTERED)
def register(scene: Scene) -> Outcome:
    response = scene.stranger.send("/register", **PERSON, **NEW, email="eve@example.org")
    with scene.app.app_context():
        eve = db.session.scalars(select(User).where(User.username == "eve")).unique().one().key
    return response, eve, f"account {eve}"


@records(AuditKind.SIGNED_IN)
def log_in(scene: Scene) -> Outcome:
    return outcome_for_ada(scene, sign_in(scene.stranger))


@records(AuditKind.SIGN_IN_FAILED)
def log_in_with_a_wrong_password(scene: Scene) -> Outcome:
    return sign_in(scene.stranger, password="wrong password"), None, scene.account


@records(AuditKind.SIGN_IN_FAILED)
def log_in_with_an_unknown_name(scene: Scene) -> Outcome:
    return sign_in(scene.stranger, "nobody@example.org"), None, None


@records(AuditKind.REAUTHENTICATION_FAILED)
def change_the_password_with_a_wrong_one(scene: Scene) -> Outcome:
    return outcome_for_ada(scene, scene.client.send("/account/password", current="wrong", **NEW))


@records(AuditKind.SIGN_IN_RATE_LIMITED)
def guess_too_often(scene: Scene) -> Outcome:
    for _ in range(10):
        sign_in(new_browser(scene.app), password="wrong password")
    return sign_in(scene.stranger), None, scene.account


@records(AuditKind.SIGNED_OUT)
def log_out(scene: Scene) -> Outcome:
    return outcome_for_ada(scene, scene.client.send("/logout"))


@records(AuditKind.SIGNED_OUT)
def end_the_current_session(scene: Scene) -> Outcome:
    path = f"/account/sessions/{read_login_sessions(scene.app)[0].id}/end"
    return outcome_for_ada(scene, scene.client.send(path))


@records(AuditKind.SESSION_ENDED)
def end_another_session(scene: Scene) -> Outcome:
    new_browser(scene.app).sign_in(scene.ada)
    path = f"/account/sessions/{read_login_sessions(scene.app)[-1].id}/end"
    return outcome_for_ada(scene, scene.client.send(path))


@records(AuditKind.SESSION_ENDED)
def end_all_other_sessions(scene: Scene) -> Outcome:
    for _ in range(3):
        new_browser(scene.app).sign_in(scene.ada)
    return outcome_for_ada(scene, scene.client.send("/account/sessions/end"))


@records(AuditKind.REAUTHENTICATED)
def reauthenticate(scene: Scene) -> Outcome:
    expire_authentication(scene.app)
    return outcome_for_ada(scene, scene.client.send("/login/again", password=PASSWORD))


@records(AuditKind.PASSWORD_CHANGED)
def change_the_password(scene: Scene) -> Outcome:
    return outcome_for_ada(scene, scene.client.send("/account/password", current=PASSWORD, **NEW))


@records(AuditKind.RESET_ASKED)
def ask_for_a_password_reset(scene: Scene) -> Outcome:
    return scene.stranger.send("/forgotten", email="ada@example.org"), None, scene.account


@records(AuditKind.PASSWORD_RESET)
def reset_the_password(scene: Scene) -> Outcome:
    ask_for_a_password_reset(scene)
    return outcome_for_ada(scene, scene.follow(**NEW))


@records(AuditKind.EMAIL_CONFIRMED)
def confirm_the_address(scene: Scene) -> Outcome:
    update_rows(scene.app, User, User.id == scene.ada.id, email_confirmed_at=None)
    scene.client.send("/confirm")
    return outcome_for_ada(scene, scene.follow())


@records(AuditKind.EMAIL_CHANGE_ASKED)
def ask_for_another_address(scene: Scene) -> Outcome:
    return outcome_for_ada(scene, scene.client.send("/account/email", email="new@example.org"))


@records(AuditKind.EMAIL_CHANGED)
def change_the_address(scene: Scene) -> Outcome:
    ask_for_another_address(scene)
    scene.follow("new@example.org")
    return outcome_for_ada(scene, scene.follow("ada@example.org"))


@records(AuditKind.ACCESS_DENIED)
def open_a_page_of_staff(scene: Scene) -> Outcome:
    response = scene.client.get("/fleet")
    assert response.status_code == 403
    return response, scene.ada.key, None


def _add_vehicle(scene: Scene) -> tuple[TestResponse, str]:
    response = scene.client.send("/vehicles/add", **BIKE)
    assert response.status_code == 303, response.text
    return response, str(response.location).replace("/mine/", "/")


def _vehicle_outcome(scene: Scene, page: str, response: TestResponse) -> Outcome:
    return response, scene.ada.key, page.replace("/vehicles/", "vehicle ")


@records(AuditKind.VEHICLE_ADDED)
def add_a_vehicle(scene: Scene) -> Outcome:
    response, page = _add_vehicle(scene)
    return _vehicle_outcome(scene, page, response)


@records(AuditKind.VEHICLE_CHANGED)
def change_a_vehicle(scene: Scene) -> Outcome:
    _, page = _add_vehicle(scene)
    return _vehicle_outcome(scene, page, scene.client.send(f"{page}/edit", **BIKE))


@records(AuditKind.VEHICLE_REMOVED)
def remove_a_vehicle(scene: Scene) -> Outcome:
    _, page = _add_vehicle(scene)
    return _vehicle_outcome(scene, page, scene.client.send(f"{page}/remove"))


def _start_ride(scene: Scene) -> TestResponse:
    response: TestResponse = scene.client.send(f"/rides/start/{scene.make_vehicle().public_key}")
    return response


@records(AuditKind.RIDE_STARTED)
def start_a_ride(scene: Scene) -> Outcome:
    response = _start_ride(scene)
    return response, scene.ada.key, response.location.replace("/rides/", "ride ")


@records(AuditKind.RIDE_ENDED)
def end_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    response = scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return response, scene.ada.key, page.replace("/rides/", "ride ")


@records(AuditKind.RIDE_PAUSED)
def pause_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    response = scene.client.send(page.replace("/rides/", "/rides/pause/"))
    return response, scene.ada.key, page.replace("/rides/", "ride ")


@records(AuditKind.RIDE_RESUMED)
def resume_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    scene.client.send(page.replace("/rides/", "/rides/pause/"))
    response = scene.client.send(page.replace("/rides/", "/rides/resume/"))
    return response, scene.ada.key, page.replace("/rides/", "ride ")


def _start_and_end_ride(scene: Scene) -> str:
    """Ride and end the ride; return its page."""
    page: str = _start_ride(scene).location
    scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return page


@records(AuditKind.RIDE_RATED)
def rate_a_ride(scene: Scene) -> Outcome:
    page = _start_and_end_ride(scene)
    response = scene.client.send(f"{page}/rating", stars="4", note="wrong password, Pegasus")
    return response, scene.ada.key, page.replace("/rides/", "ride ")


def _open_dispute(scene: Scene) -> tuple[TestResponse, str]:
    """Ask for a ride to be looked at; return the response, and how the trail names the ride."""
    page = _start_and_end_ride(scene)
    response = scene.client.send(f"{page}/dispute", text="wrong password, Pegasus", nonce="n")
    return response, page.replace("/rides/", "ride ")


@records(AuditKind.DISPUTE_OPENED)
def open_a_dispute(scene: Scene) -> Outcome:
    response, ride = _open_dispute(scene)
    return response, scene.ada.key, ride


def _answer_dispute(scene: Scene, ride: str, **fields: str) -> tuple[TestResponse, RowKey]:
    """Answer as staff; return the response, and who that is."""
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = ride.replace("ride ", "/fleet/disputes/")
    html = scene.stranger.get(page).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', html))
    response = scene.stranger.send(page, **hidden, text="wrong password, Pegasus", **fields)
    return response, sam.key


@records(AuditKind.DISPUTE_ASSIGNED)
def assign_a_dispute(scene: Scene) -> Outcome:
    ride = _open_dispute(scene)[1]
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = ride.replace("ride ", "/fleet/disputes/")
    return scene.stranger.send(f"{page}/assign", username="sam"), sam.key, ride


@records(AuditKind.DISPUTE_ANSWERED)
def answer_a_dispute(scene: Scene) -> Outcome:
    ride = _open_dispute(scene)[1]
    response, sam = _answer_dispute(scene, ride)
    return response, sam, ride


@records(AuditKind.REFUNDED)
def refund_a_ride(scene: Scene) -> Outcome:
    scene.make_plan(unlock_fee=100)
    ride = _open_dispute(scene)[1]
    response, sam = _answer_dispute(scene, ride, refund="1")
    return response, sam, ride


def _reserve_vehicle(scene: Scene) -> tuple[TestResponse, str]:
    """Reserve a vehicle; return the response, and how the trail names the vehicle."""
    vehicle = scene.make_vehicle("paris")
    response = scene.client.send(f"/rides/reserve/{vehicle.public_key}")
    return response, f"vehicle {vehicle.key}"


@records(AuditKind.VEHICLE_RESERVED)
def reserve_a_vehicle(scene: Scene) -> Outcome:
    response, vehicle = _reserve_vehicle(scene)
    return response, scene.ada.key, vehicle


@records(AuditKind.RESERVATION_EXTENDED)
def extend_a_reservation(scene: Scene) -> Outcome:
    scene.make_plan("paris", reserve_min=15, reserve_max_min=30, reservation_rate=10)
    vehicle = _reserve_vehicle(scene)[1]
    page = scene.client.get("/rides/reservation").text
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    response = scene.client.send("/rides/reservation/longer", until=unescape(until[1]))
    return response, scene.ada.key, vehicle


@records(AuditKind.RESERVATION_CANCELLED)
def cancel_a_reservation(scene: Scene) -> Outcome:
    vehicle = _reserve_vehicle(scene)[1]
    return scene.client.send("/rides/reservation/cancel"), scene.ada.key, vehicle


def _report_vehicle(scene: Scene) -> TestResponse:
    page = f"/vehicles/{scene.make_vehicle().public_key}/report"
    response: TestResponse = scene.client.send(
        page, kind="damage", note="wrong password, Pegasus", nonce="n"
    )
    return response


@records(AuditKind.REPORT_FILED)
def report_a_vehicle(scene: Scene) -> Outcome:
    response = _report_vehicle(scene)
    return response, scene.ada.key, response.location.replace("/reports/", "report ")


@records(AuditKind.REPORT_ANSWERED)
def answer_a_report(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"seen": "new", "state": "resolved", "text": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet{report}/answer", **fields)
    return response, sam.key, report.replace("/reports/", "report ")


def _send_city(scene: Scene, path: str, **fields: str) -> tuple[TestResponse, RowKey]:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    place = {"timezone": "Europe/Paris", "lat": "45.76", "lon": "4.84"}
    return scene.stranger.send(f"/admin/cities/{path}", **place, **fields), sam.key


@records(AuditKind.CITY_OPENED)
def open_a_city(scene: Scene) -> Outcome:
    fields = {"label": "Lyon", "currency": "EUR", "region": "us-east1"}
    return *_send_city(scene, "new", **fields), "city lyon"


@records(AuditKind.CITY_CHANGED)
def change_a_city(scene: Scene) -> Outcome:
    with scene.app.app_context():
        open_city("us-east1", "EUR", CityData("Lyon", "Europe/Paris", 45.76, 4.84))
    return *_send_city(scene, "lyon", label="Lyon (Rhône)"), "city lyon"


@records(AuditKind.REPORT_ASSIGNED)
def assign_a_report(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send(f"/fleet{report}/assign", username="sam")
    return response, sam.key, report.replace("/reports/", "report ")


@records(AuditKind.VEHICLE_ACTION)
def take_a_vehicle_out_of_service(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle().key
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = f"/fleet/vehicles/{vehicle}/actions/take_out_of_service"
    fields = {"reason": "maintenance", "note": "wrong password, Pegasus"}
    return scene.stranger.send(page, **fields), sam.key, f"vehicle {vehicle}"


@records(AuditKind.ALERT_CHANGED)
def change_an_alert(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"threshold": "30", "mute_h": "24", "reason": "wrong password, Pegasus"}
    response = scene.stranger.send("/fleet/alerts/new%20york/battery_low", **fields)
    return response, sam.key, "city new york"


@records(AuditKind.SERVICE_TARGETS_CHANGED)
def change_service_targets(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send("/fleet/queues/new%20york/targets", first_action="1", answer="8")
    return response, sam.key, "city new york"


@records(AuditKind.SAVED_REPLY_ADDED)
def add_a_saved_reply(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {**SAVED_REPLY, "city": "new york", "nonce": "n"}
    return scene.stranger.send("/fleet/saved-replies/new", **fields), sam.key, "city new york"


@records(AuditKind.SAVED_REPLY_CHANGED)
def change_a_saved_reply(scene: Scene) -> Outcome:
    _, sam_key, subject = add_a_saved_reply(scene)
    assert sam_key
    page = f"/fleet/saved-replies/{uuid5(sam_key.id, 'n')}"
    return scene.stranger.send(page, **SAVED_REPLY), sam_key, subject


@records(AuditKind.SAVED_REPLY_REMOVED)
def remove_a_saved_reply(scene: Scene) -> Outcome:
    _, sam_key, subject = add_a_saved_reply(scene)
    assert sam_key
    page = f"/fleet/saved-replies/{uuid5(sam_key.id, 'n')}/remove"
    return scene.stranger.send(page), sam_key, subject


@records(AuditKind.VEHICLE_ALERT_MUTED)
def mute_an_alert_for_a_vehicle(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle().key
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"mute_h": "24", "reason": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet/vehicles/{vehicle}/alerts/idle", **fields)
    return response, sam.key, f"vehicle {vehicle}"


@records(AuditKind.BULK_ACTION_STARTED)
def take_many_vehicles_out_of_service(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle()
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    query = f"city={vehicle.city}&vehicle-{vehicle.id}=on&action=take_out_of_service"
    fields = {"reason": "maintenance", "note": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet/bulk-actions/new?{query}", **fields)
    key = response.location.rpartition("/")[2]
    return response, sam.key, f"bulk_action {key}"


@records(AuditKind.PERSONS_SEARCHED)
def search_for_riders(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["support"])
    scene.stranger.sign_in(sam)
    return scene.stranger.get("/fleet/search?q=wrong+password"), sam.key, None


@records(AuditKind.TOPPED_UP)
def top_up(scene: Scene) -> Outcome:
    checkout = scene.client.send("/wallet/top-up", amount="10", currency="EUR").location
    back = scene.client.send(checkout, pay="y").location
    return outcome_for_ada(scene, scene.client.get(back))


@records(AuditKind.PAID_OUT)
def pay_out(scene: Scene) -> Outcome:
    top_up(scene)
    return outcome_for_ada(scene, scene.client.send("/wallet/pay-out", currency="EUR"))
