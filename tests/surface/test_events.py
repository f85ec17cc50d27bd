"""The audit trail: what happened is told once, with who, to what, from where; and no secret."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.auth.steps import (
    NEW_PASSWORD,
    expire_authentication,
    find_link,
    new_browser,
    read_audit_events,
    read_login_sessions,
    read_mails,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, PlanFactory, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement, audit_subject
from webapp.auth.models import EmailLink, LoginSession, User
from webapp.auth.services.roles import revoke_role
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.web.roles import Role

HERE = "203.0.113.7"
NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
PERSON = {"city": "paris", "first_name": "Eve", "last_name": "Byron", "username": "eve"}
BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "48.85",
    "lon": "2.35",
}
PLACE = {"address": "By the fountain"}


@dataclass
class Scene:
    """Ada, who is signed in, some things of hers, and a stranger's browser."""

    app: Flask
    ada: User
    client: Visitor
    stranger: Visitor
    make_user: Callable[..., User]
    make_vehicle: Callable[..., Vehicle]
    make_plan: Callable[..., Any]

    @property
    def account(self) -> str:
        return audit_subject("account", self.ada.key)

    def link(self, to: str = "ada@example.org") -> str:
        return find_link(read_mails(self.app, to)[-1])

    def follow(self, to: str = "ada@example.org", **fields: str) -> Any:
        return self.stranger.send(self.link(to), **fields)


@pytest.fixture
def scene(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> Scene:
    ada, client, stranger = make_user("ada", "paris"), new_browser(app), new_browser(app)
    client.sign_in(ada, address=HERE)
    for visitor in (client, stranger):
        visitor.environ_base["REMOTE_ADDR"] = HERE
    return Scene(app, ada, client, stranger, make_user, make_vehicle, make_plan)


# --- what is told: each act returns its answer, and whom the event is about -----------------

Told = tuple[Any, "RowKey | None", "str | None"]
ACTS: dict[str, tuple[AuditKind, Callable[[Scene], Told]]] = {}


def tells(kind: AuditKind) -> Any:
    def note(act: Callable[[Scene], Told]) -> Callable[[Scene], Told]:
        ACTS[act.__name__.replace("_", " ")] = kind, act
        return act

    return note


def by_ada(scene: Scene, answer: Any) -> Told:
    return answer, scene.ada.key, scene.account


@tells(AuditKind.REGISTERED)
def registering(scene: Scene) -> Told:
    answer = scene.stranger.send("/register", **PERSON, **NEW, email="eve@example.org")
    with scene.app.app_context():
        eve = db.session.scalars(select(User).where(User.username == "eve")).unique().one().key
    return answer, eve, audit_subject("account", eve)


@tells(AuditKind.SIGNED_IN)
def signing_in(scene: Scene) -> Told:
    return by_ada(scene, sign_in(scene.stranger))


@tells(AuditKind.SIGN_IN_FAILED)
def a_wrong_password(scene: Scene) -> Told:
    return sign_in(scene.stranger, password="wrong password"), None, scene.account


@tells(AuditKind.SIGN_IN_FAILED)
def an_unknown_name(scene: Scene) -> Told:
    return sign_in(scene.stranger, "nobody@example.org"), None, None


@tells(AuditKind.REAUTHENTICATION_FAILED)
def a_new_password_with_a_wrong_old_one(scene: Scene) -> Told:
    return by_ada(scene, scene.client.send("/account/password", current="wrong", **NEW))


@tells(AuditKind.SIGN_IN_RATE_LIMITED)
def guessing_too_often(scene: Scene) -> Told:
    for _ in range(10):
        sign_in(new_browser(scene.app), password="wrong password")
    return sign_in(scene.stranger), None, scene.account


@tells(AuditKind.SIGNED_OUT)
def signing_out(scene: Scene) -> Told:
    return by_ada(scene, scene.client.send("/logout"))


@tells(AuditKind.SIGNED_OUT)
def signing_this_device_out(scene: Scene) -> Told:
    path = f"/account/sessions/{read_login_sessions(scene.app)[0].id}/end"
    return by_ada(scene, scene.client.send(path))


@tells(AuditKind.SESSION_ENDED)
def signing_another_device_out(scene: Scene) -> Told:
    new_browser(scene.app).sign_in(scene.ada)
    path = f"/account/sessions/{read_login_sessions(scene.app)[-1].id}/end"
    return by_ada(scene, scene.client.send(path))


@tells(AuditKind.SESSION_ENDED)
def signing_all_others_out(scene: Scene) -> Told:
    for _ in range(3):
        new_browser(scene.app).sign_in(scene.ada)
    return by_ada(scene, scene.client.send("/account/sessions/end"))


@tells(AuditKind.REAUTHENTICATED)
def showing_it_again(scene: Scene) -> Told:
    expire_authentication(scene.app)
    return by_ada(scene, scene.client.send("/login/again", password=PASSWORD))


@tells(AuditKind.PASSWORD_CHANGED)
def changing_the_password(scene: Scene) -> Told:
    return by_ada(scene, scene.client.send("/account/password", current=PASSWORD, **NEW))


@tells(AuditKind.RESET_ASKED)
def forgetting_the_password(scene: Scene) -> Told:
    return scene.stranger.send("/forgotten", email="ada@example.org"), None, scene.account


@tells(AuditKind.PASSWORD_RESET)
def resetting_the_password(scene: Scene) -> Told:
    forgetting_the_password(scene)
    return by_ada(scene, scene.follow(**NEW))


@tells(AuditKind.EMAIL_CONFIRMED)
def confirming_an_address(scene: Scene) -> Told:
    update_rows(scene.app, User, User.id == scene.ada.id, email_confirmed_at=None)
    scene.client.send("/confirm")
    return by_ada(scene, scene.follow())


@tells(AuditKind.EMAIL_CHANGE_ASKED)
def wishing_for_another_address(scene: Scene) -> Told:
    return by_ada(scene, scene.client.send("/account/email", email="new@example.org"))


@tells(AuditKind.EMAIL_CHANGED)
def agreeing_at_both_addresses(scene: Scene) -> Told:
    wishing_for_another_address(scene)
    scene.follow("new@example.org")
    return by_ada(scene, scene.follow("ada@example.org"))


@tells(AuditKind.ACCESS_DENIED)
def trying_a_door_that_is_anothers(scene: Scene) -> Told:
    answer = scene.client.get("/fleet")
    assert answer.status_code == 403
    return answer, scene.ada.key, None


def _add(scene: Scene) -> tuple[Any, str]:
    answer = scene.client.send("/vehicles/add", **BIKE)
    assert answer.status_code == 303, answer.text
    return answer, str(answer.location).replace("/mine/", "/")


def _vehicle(scene: Scene, page: str, answer: Any) -> Told:
    return answer, scene.ada.key, page.replace("/vehicles/", "vehicle ")


@tells(AuditKind.VEHICLE_ADDED)
def adding_a_vehicle(scene: Scene) -> Told:
    answer, page = _add(scene)
    return _vehicle(scene, page, answer)


@tells(AuditKind.VEHICLE_CHANGED)
def changing_a_vehicle(scene: Scene) -> Told:
    _, page = _add(scene)
    return _vehicle(scene, page, scene.client.send(f"{page}/edit", **BIKE))


@tells(AuditKind.VEHICLE_REMOVED)
def removing_a_vehicle(scene: Scene) -> Told:
    _, page = _add(scene)
    return _vehicle(scene, page, scene.client.send(f"{page}/remove"))


def _start(scene: Scene) -> Any:
    return scene.client.send(f"/rides/start/{scene.make_vehicle().public_key}")


@tells(AuditKind.RIDE_STARTED)
def starting_a_ride(scene: Scene) -> Told:
    answer = _start(scene)
    return answer, scene.ada.key, answer.location.replace("/rides/", "ride ")


@tells(AuditKind.RIDE_ENDED)
def ending_a_ride(scene: Scene) -> Told:
    page = _start(scene).location
    answer = scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return answer, scene.ada.key, page.replace("/rides/", "ride ")


@tells(AuditKind.RIDE_PAUSED)
def pausing_a_ride(scene: Scene) -> Told:
    page = _start(scene).location
    answer = scene.client.send(page.replace("/rides/", "/rides/pause/"))
    return answer, scene.ada.key, page.replace("/rides/", "ride ")


@tells(AuditKind.RIDE_RESUMED)
def going_on_with_a_ride(scene: Scene) -> Told:
    page = _start(scene).location
    scene.client.send(page.replace("/rides/", "/rides/pause/"))
    answer = scene.client.send(page.replace("/rides/", "/rides/resume/"))
    return answer, scene.ada.key, page.replace("/rides/", "ride ")


def _end(scene: Scene) -> str:
    """Ride and end the ride; return its page."""
    page: str = _start(scene).location
    scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return page


@tells(AuditKind.RIDE_RATED)
def rating_a_ride(scene: Scene) -> Told:
    page = _end(scene)
    answer = scene.client.send(f"{page}/rating", stars="4", note="wrong password, Pegasus")
    return answer, scene.ada.key, page.replace("/rides/", "ride ")


def _ask(scene: Scene) -> tuple[Any, str]:
    """Ask for a ride to be looked at; return the answer, and how the trail names the ride."""
    page = _end(scene)
    answer = scene.client.send(f"{page}/dispute", text="wrong password, Pegasus", nonce="n")
    return answer, page.replace("/rides/", "ride ")


@tells(AuditKind.DISPUTE_OPENED)
def asking_for_a_ride_to_be_looked_at(scene: Scene) -> Told:
    answer, ride = _ask(scene)
    return answer, scene.ada.key, ride


def _answer_about(scene: Scene, ride: str, **fields: str) -> tuple[Any, RowKey]:
    """Answer as staff; return the answer, and who that is."""
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    desk = ride.replace("ride ", "/fleet/disputes/")
    shown = scene.stranger.get(desk).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', shown))
    answer = scene.stranger.send(desk, **hidden, text="wrong password, Pegasus", **fields)
    return answer, sam.key


@tells(AuditKind.DISPUTE_ANSWERED)
def answering_about_a_ride(scene: Scene) -> Told:
    ride = _ask(scene)[1]
    answer, sam = _answer_about(scene, ride)
    return answer, sam, ride


@tells(AuditKind.REFUNDED)
def giving_money_back(scene: Scene) -> Told:
    scene.make_plan(unlock_fee=100)
    ride = _ask(scene)[1]
    answer, sam = _answer_about(scene, ride, refund="1")
    return answer, sam, ride


def _hold(scene: Scene) -> tuple[Any, str]:
    """Hold a vehicle; return the answer, and how the trail names the vehicle."""
    vehicle = scene.make_vehicle("paris")
    answer = scene.client.send(f"/rides/reserve/{vehicle.public_key}")
    return answer, audit_subject("vehicle", vehicle.key)


@tells(AuditKind.VEHICLE_RESERVED)
def holding_a_vehicle(scene: Scene) -> Told:
    answer, vehicle = _hold(scene)
    return answer, scene.ada.key, vehicle


@tells(AuditKind.RESERVATION_EXTENDED)
def holding_a_vehicle_longer(scene: Scene) -> Told:
    scene.make_plan("paris", reserve_min=15, reserve_max_min=30, reservation_rate=10)
    vehicle = _hold(scene)[1]
    page = scene.client.get("/rides/reservation").text
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    answer = scene.client.send("/rides/reservation/longer", until=unescape(until[1]))
    return answer, scene.ada.key, vehicle


@tells(AuditKind.RESERVATION_CANCELLED)
def letting_a_vehicle_go(scene: Scene) -> Told:
    vehicle = _hold(scene)[1]
    return scene.client.send("/rides/reservation/cancel"), scene.ada.key, vehicle


def _report(scene: Scene) -> Any:
    page = f"/vehicles/{scene.make_vehicle().public_key}/report"
    return scene.client.send(page, kind="damage", note="wrong password, Pegasus", nonce="n")


@tells(AuditKind.REPORT_FILED)
def reporting_a_vehicle(scene: Scene) -> Told:
    answer = _report(scene)
    return answer, scene.ada.key, answer.location.replace("/reports/", "report ")


@tells(AuditKind.REPORT_ANSWERED)
def answering_a_report(scene: Scene) -> Told:
    report = _report(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"seen": "new", "state": "resolved", "words": "wrong password, Pegasus"}
    answer = scene.stranger.send(f"/fleet{report}/answer", **fields)
    return answer, sam.key, report.replace("/reports/", "report ")


@tells(AuditKind.TOPPED_UP)
def paying_money_in(scene: Scene) -> Told:
    checkout = scene.client.send("/wallet/top-up", amount="10", currency="EUR").location
    back = scene.client.send(checkout, pay="y").location
    return by_ada(scene, scene.client.get(back))


@tells(AuditKind.PAID_OUT)
def having_it_paid_out(scene: Scene) -> Told:
    paying_money_in(scene)
    return by_ada(scene, scene.client.send("/wallet/pay-out", currency="EUR"))


def test_every_kind_of_these_flows_is_tried_here() -> None:
    """Those of staff, of the second factor, of other issuers, of leaving and of feeds are tried
    where these are."""
    elsewhere = {kind for kind in AuditKind if re.search(
        r"second_factor|recovery|identity_(un)?linked|role_|abled|export|deleted|import|profile|plan_|zone_|credit_given|replay", kind
    )}  # fmt: skip
    assert {kind for kind, _ in ACTS.values()} == set(AuditKind) - elsewhere


@pytest.mark.parametrize("name", ACTS)
def test_what_happens_is_told_once_with_who_to_what_and_from_where(scene: Scene, name: str) -> None:
    kind, act = ACTS[name]
    answer, actor, about = act(scene)
    number = UUID(answer.headers["X-Request-Id"])
    told = [one for one in read_audit_events(scene.app) if one.request_id == number]
    also = [AuditKind.SIGNED_IN] if kind is AuditKind.PASSWORD_RESET else []  # which lets in
    assert sorted(one.kind for one in told) == sorted([kind, *also])
    (one,) = [one for one in told if one.kind == kind]
    assert (one.actor, one.subject, one.address) == (actor, about, HERE)
    assert one.region == (actor.region if actor else "us-east1")


SECRETS = {PASSWORD, NEW_PASSWORD, "wrong password", "nobody", "@", "Pegasus", "Main Street"}


@pytest.mark.parametrize("name", ACTS)
def test_no_secret_and_nothing_typed_is_in_the_trail(scene: Scene, name: str) -> None:
    ACTS[name][1](scene)
    sent = "".join(letter.body for letter in read_mails(scene.app))
    tokens = set(re.findall(r"\.([\w-]{32})\b", sent))
    kept = str([vars(one) for one in read_audit_events(scene.app)])
    for secret in SECRETS | tokens | {str(login.id) for login in read_login_sessions(scene.app)}:
        assert secret not in kept


# --- what is not told ----------------------------------------------------------------------


def nothing(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses


def _ending_twice(scene: Scene) -> None:
    new_browser(scene.app).sign_in(scene.ada, ended_at=func.now())
    path = f"/account/sessions/{read_login_sessions(scene.app)[-1].id}/end"
    nothing(scene.client.send(path), 303)


def _ending_anothers(scene: Scene) -> None:
    new_browser(scene.app).sign_in(scene.make_user("bob"))
    for login in read_login_sessions(scene.app, LoginSession.user_id != scene.ada.id):
        nothing(scene.client.send(f"/account/sessions/{login.id}/end"), 404)


def _a_used_link(scene: Scene) -> None:
    update_rows(scene.app, User, email_confirmed_at=None)
    scene.client.send("/confirm")
    link = scene.link()
    update_rows(scene.app, EmailLink, used_at=func.now())
    nothing(scene.stranger.send(link), 410)


def _an_address_that_is_not_the_accounts_any_more(scene: Scene) -> None:
    update_rows(scene.app, User, email_confirmed_at=None)
    scene.client.send("/confirm")
    link = scene.link()
    update_rows(scene.app, User, email="new@example.org")
    nothing(scene.stranger.send(link), 410)


def _a_taken_vehicle(scene: Scene) -> None:
    vehicle = scene.make_vehicle(state="on_trip")
    nothing(scene.client.send(f"/rides/start/{vehicle.public_key}"), 409)


def _anothers_vehicle(scene: Scene) -> None:
    page = f"/vehicles/{scene.make_vehicle(owner=scene.make_user()).key}"
    update_rows(scene.app, User, email_confirmed_at=func.now())
    for errand in ("edit", "remove"):
        nothing(scene.client.send(f"{page}/{errand}", **BIKE), 403, 404)


def _a_role_that_is_not_there(scene: Scene) -> None:
    with scene.app.app_context():
        revoke_role(scene.ada.key, Role.FLEET)


NOTHING: dict[str, Callable[[Scene], None]] = {
    "a session that has ended": _ending_twice,
    "another's session": _ending_anothers,
    "all others, when there is none": lambda s: nothing(s.client.send("/account/sessions/end"), 303),
    "signing out as a stranger": lambda s: nothing(s.stranger.send("/logout"), 303),
    "a used link": _a_used_link,
    "a link for an old address": _an_address_that_is_not_the_accounts_any_more,
    "a reset for nobody": lambda s: nothing(s.stranger.send("/forgotten", email="x@example.org"), 200),
    "a taken name": lambda s: nothing(
        s.stranger.send("/register", **{**PERSON, "username": "ada"}, **NEW, email="e@example.org"), 422
    ),
    "a taken address": lambda s: nothing(
        s.stranger.send("/register", **PERSON, **NEW, email="ada@example.org"), 422
    ),
    "a weak password": lambda s: nothing(
        s.client.send("/account/password", current=PASSWORD, password="password1!",
                      password_again="password1!"), 422
    ),
    "a taken vehicle": _a_taken_vehicle,
    "another's vehicle": _anothers_vehicle,
    "a role that is not there": _a_role_that_is_not_there,
    "a page": lambda s: nothing(s.client.get("/account"), 200),
    "a page for others, as a stranger": lambda s: nothing(s.stranger.get("/fleet"), 303),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_what_changed_nothing_is_not_told(scene: Scene, name: str) -> None:
    NOTHING[name](scene)
    told = {one.kind for one in read_audit_events(scene.app)}
    # that a door was tried is told, though nothing happened behind it
    assert told <= ({AuditKind.ACCESS_DENIED} if name == "another's vehicle" else set())


@pytest.mark.parametrize("act", [starting_a_ride, ending_a_ride, removing_a_vehicle])
def test_pressing_a_button_twice_is_told_once(scene: Scene, act: Callable[[Scene], Told]) -> None:
    again: list[Any] = []
    press = scene.client.post

    def twice(path: str, **options: Any) -> Any:
        answer = press(path, **options)
        again.append(press(path, **options))
        return answer

    scene.client.post = twice  # type: ignore[method-assign,assignment]
    act(scene)
    assert again
    kinds = [one.kind for one in read_audit_events(scene.app)]
    expected = {starting_a_ride: ["ride.started"], ending_a_ride: ["ride.started", "ride.ended"]}
    if act in expected:
        assert kinds == expected[act]
    assert kinds.count("vehicle.removed") <= 1


def test_a_flood_of_guesses_is_no_flood_of_rows(scene: Scene) -> None:
    for _ in range(15):
        sign_in(new_browser(scene.app), password="wrong password")
    kinds = [one.kind for one in read_audit_events(scene.app)]
    assert kinds == [AuditKind.SIGN_IN_FAILED] * 10 + [AuditKind.SIGN_IN_RATE_LIMITED]


def test_what_was_rolled_back_was_never_told(scene: Scene) -> None:
    """The second link finds the address taken: neither its use nor a change is told."""
    wishing_for_another_address(scene)
    scene.follow("new@example.org")
    scene.make_user("bob", email="new@example.org")
    before = [one.kind for one in read_audit_events(scene.app)]
    assert scene.follow("ada@example.org").status_code == 422
    assert [one.kind for one in read_audit_events(scene.app)] == before


def test_an_event_goes_with_its_transaction(app: Flask) -> None:
    def work(session: Any) -> None:
        session.execute(audit_event_statement(AuditKind.DISABLED))
        session.execute(text("SELECT 1 / 0"))

    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(work)
    assert read_audit_events(app) == []


def test_the_same_event_is_written_once_however_often_it_is_sent(app: Flask) -> None:
    with app.app_context():
        told = audit_event_statement(AuditKind.ACCESS_DENIED)
        for _ in range(3):
            run_transaction(lambda session: session.execute(told), one_statement=True)
    assert len(read_audit_events(app)) == 1


# --- numbers of requests -------------------------------------------------------------------


def test_every_answer_has_a_number_of_its_own(app: Flask, visitor: Visitor) -> None:
    given = {"X-Request-Id": "00000000-0000-4000-8000-000000000000"}
    answers = [
        visitor.get(path, headers=given) for path in ("/", "/", "/rides", "/nowhere", "/login")
    ]
    answers.append(visitor.post("/login"))
    numbers = [UUID(answer.headers["X-Request-Id"]) for answer in answers]
    assert len(set(numbers)) == len(answers)
    assert UUID(given["X-Request-Id"]) not in numbers


def test_what_the_command_line_does_comes_from_nowhere(app: Flask, scene: Scene) -> None:
    result = app.test_cli_runner().invoke(args=["grant", "fleet", "ada"])
    assert result.exit_code == 0, result.output
    (one,) = read_audit_events(app)
    assert (one.kind, one.actor, one.subject) == (AuditKind.ROLE_GRANTED, None, scene.account)
    assert (one.address, one.request_id, one.region) == (None, None, "europe-west1")


def test_the_denied_door_is_named(scene: Scene) -> None:
    for answer in (scene.client.get("/fleet"), scene.client.get("/users")):
        assert answer.status_code == 403
    details = [one.details for one in read_audit_events(scene.app, AuditKind.ACCESS_DENIED)]
    assert details == [
        {"endpoint": "fleet.staff.index", "method": "GET"},
        {"endpoint": "riders.staff.index", "method": "GET"},
    ]
