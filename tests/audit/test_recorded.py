"""What happens is recorded once, with who, to what and from where; and no secret is."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.audit.actions import ACTIONS, HERE, Action, Scene
from tests.audit.actions.accounts import ask_for_another_address
from tests.audit.actions.rides import end_a_ride, start_a_ride
from tests.audit.actions.vehicles import remove_a_vehicle
from tests.auth.steps import (
    NEW_PASSWORD,
    new_browser,
    read_audit_events,
    read_login_sessions,
    sign_in,
)
from tests.factories import PASSWORD
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import VALUE_KINDS, AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import audit_event_statement
from webapp.db.transactions import run_transaction


def test_every_kind_of_audit_event_is_tried_here_or_in_its_module() -> None:
    """Events of staff, the second factor, passkeys, phones, ages, OpenID Connect, account deletion and imports are tried
    in the tests of these, of jobs and of tasks."""
    elsewhere = {kind for kind in AuditKind if re.search(
        r"second_factor|passkey|phone_|age_confirmed|recovery|identity_(un)?linked|role_|abled|export|\.deleted|note_|import|profile|digest|unsubscribed|plan_|zone_|credit_given|replay|job|task|^feed\.|^owner\.|offer", kind
    )}  # fmt: skip
    assert {kind for kind, _ in ACTIONS.values()} == set(AuditKind) - elsewhere


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_is_recorded_once_with_actor_subject_address_and_region(
    scene: Scene, name: str
) -> None:
    kind, action = ACTIONS[name]
    response, actor, subject = action(scene)
    request_id = UUID(response.headers["X-Request-Id"])
    events = [event for event in read_audit_events(scene.app) if event.request_id == request_id]
    # A password reset signs in, too.
    also = [AuditKind.SIGNED_IN] if kind is AuditKind.PASSWORD_RESET else []
    assert sorted(event.kind for event in events) == sorted([kind, *also])
    (event,) = [event for event in events if event.kind == kind]
    assert (event.actor, event.subject, event.address) == (actor, subject, HERE)
    assert event.region == (actor.region if actor else "us-east1")


SECRETS = {PASSWORD, NEW_PASSWORD, "wrong password", "nobody", "@", "Pegasus", "Main Street"}


@pytest.mark.parametrize("name", ACTIONS)
def test_the_audit_trail_has_no_secret_and_nothing_that_was_typed(scene: Scene, name: str) -> None:
    ACTIONS[name][1](scene)
    mail_text = "".join(letter.body for letter in read_mails(scene.app))
    tokens = set(re.findall(r"\.([\w-]{32})\b", mail_text))
    stored_events = str([_without_settings(event) for event in read_audit_events(scene.app)])
    for secret in SECRETS | tokens | {str(login.id) for login in read_login_sessions(scene.app)}:
        assert secret not in stored_events


def _without_settings(event: AuditEvent) -> dict[str, object]:
    """Return the columns without the values of settings, and why staff changed them."""
    facts = event.facts if event.kind in VALUE_KINDS else event.details
    return {**vars(event), "details": facts}


@pytest.mark.parametrize("action", [start_a_ride, end_a_ride, remove_a_vehicle])
def test_a_form_that_is_sent_twice_is_recorded_once(scene: Scene, action: Action) -> None:
    repeated: list[TestResponse] = []
    post = scene.client.post

    def post_twice(path: str, **options: object) -> TestResponse:
        response = post(path, **options)
        repeated.append(post(path, **options))
        return response

    scene.client.post = post_twice  # type: ignore[method-assign]
    action(scene)
    assert repeated
    kinds = [event.kind for event in read_audit_events(scene.app)]
    expected = {start_a_ride: ["ride.started"], end_a_ride: ["ride.started", "ride.ended"]}
    if action in expected:
        assert kinds == expected[action]
    assert kinds.count("vehicle.removed") <= 1


def test_guesses_beyond_the_rate_limit_add_one_audit_event(scene: Scene) -> None:
    for _ in range(15):
        sign_in(new_browser(scene.app), password="wrong password")
    kinds = [event.kind for event in read_audit_events(scene.app)]
    assert kinds == [AuditKind.SIGN_IN_FAILED] * 10 + [AuditKind.SIGN_IN_RATE_LIMITED]


def test_an_action_that_is_rolled_back_is_not_recorded(scene: Scene) -> None:
    """The second link finds the address taken: neither its use nor a change is recorded."""
    ask_for_another_address(scene)
    scene.follow("new@example.org")
    scene.make_user("bob", email="new@example.org")
    before = [event.kind for event in read_audit_events(scene.app)]
    assert scene.follow("ada@example.org").status_code == 422
    assert [event.kind for event in read_audit_events(scene.app)] == before


def test_an_audit_event_is_rolled_back_with_its_transaction(app: Flask) -> None:
    def work(session: Session) -> None:
        session.execute(audit_event_statement(AuditKind.ACCESS_DENIED))
        session.execute(text("SELECT 1 / 0"))

    with app.app_context(), pytest.raises(DBAPIError):
        run_transaction(work)
    assert read_audit_events(app) == []


def test_a_statement_that_is_executed_again_writes_no_second_event(app: Flask) -> None:
    with app.app_context():
        statement = audit_event_statement(AuditKind.ACCESS_DENIED)
        for _ in range(3):
            run_transaction(lambda session: session.execute(statement), one_statement=True)
    assert len(read_audit_events(app)) == 1


def test_each_response_has_its_own_request_id(app: Flask, visitor: Visitor) -> None:
    headers = {"X-Request-Id": "00000000-0000-4000-8000-000000000000"}
    responses = [
        visitor.get(path, headers=headers) for path in ("/", "/", "/rides", "/nowhere", "/login")
    ]
    responses.append(visitor.post("/login"))
    numbers = [UUID(response.headers["X-Request-Id"]) for response in responses]
    assert len(set(numbers)) == len(responses)
    assert UUID(headers["X-Request-Id"]) not in numbers


def test_a_command_is_recorded_without_address_and_request_id(app: Flask, scene: Scene) -> None:
    result = app.test_cli_runner().invoke(args=["grant", "fleet", "ada"])
    assert result.exit_code == 0, result.output
    (event,) = read_audit_events(app)
    assert (event.kind, event.actor, event.subject) == (AuditKind.ROLE_GRANTED, None, scene.account)
    assert (event.address, event.request_id, event.region) == (None, None, "europe-west1")


def test_a_denied_request_is_recorded_with_endpoint_and_method(scene: Scene) -> None:
    for response in (scene.client.get("/fleet"), scene.client.get("/users")):
        assert response.status_code == 403
    details = [event.details for event in read_audit_events(scene.app, AuditKind.ACCESS_DENIED)]
    assert details == [
        {"endpoint": "fleet.board.index", "method": "GET"},
        {"endpoint": "riders.staff.index", "method": "GET"},
    ]
