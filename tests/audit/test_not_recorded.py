"""What changes assert_status is not recorded."""

from collections.abc import Callable

import pytest
from sqlalchemy import func
from werkzeug.test import TestResponse

from tests.audit.actions import NEW, Scene
from tests.audit.actions.accounts import PERSON
from tests.audit.actions.vehicles import BIKE
from tests.auth.steps import (
    new_browser,
    read_audit_events,
    read_login_sessions,
    update_rows,
)
from tests.factories import PASSWORD
from webapp.audit.enums import AuditKind
from webapp.auth.models import EmailLink, LoginSession, User
from webapp.auth.services.role_grants import revoke_role
from webapp.web.roles import Role


def assert_status(response: TestResponse, *statuses: int) -> None:
    assert response.status_code in statuses


def _end_a_session_twice(scene: Scene) -> None:
    new_browser(scene.app).sign_in(scene.ada, ended_at=func.now())
    path = f"/account/sessions/{read_login_sessions(scene.app)[-1].id}/end"
    assert_status(scene.client.send(path), 303)


def _end_the_session_of_another(scene: Scene) -> None:
    new_browser(scene.app).sign_in(scene.make_user("bob"))
    for login in read_login_sessions(scene.app, LoginSession.user_id != scene.ada.id):
        assert_status(scene.client.send(f"/account/sessions/{login.id}/end"), 404)


def _follow_a_used_link(scene: Scene) -> None:
    update_rows(scene.app, User, email_confirmed_at=None)
    scene.client.send("/confirm")
    link = scene.link()
    update_rows(scene.app, EmailLink, used_at=func.now())
    assert_status(scene.stranger.send(link), 410)


def _follow_a_link_for_an_old_address(scene: Scene) -> None:
    update_rows(scene.app, User, email_confirmed_at=None)
    scene.client.send("/confirm")
    link = scene.link()
    update_rows(scene.app, User, email="new@example.org")
    assert_status(scene.stranger.send(link), 410)


def _start_a_ride_on_a_taken_vehicle(scene: Scene) -> None:
    vehicle = scene.make_vehicle(state="on_trip")
    assert_status(scene.client.send(f"/rides/start/{vehicle.public_key}"), 409)


def _change_the_vehicle_of_another(scene: Scene) -> None:
    page = f"/vehicles/{scene.make_vehicle(owner=scene.make_user()).key}"
    update_rows(scene.app, User, email_confirmed_at=func.now())
    for form in ("edit", "remove"):
        assert_status(scene.client.send(f"{page}/{form}", **BIKE), 403, 404)


def _revoke_a_missing_role(scene: Scene) -> None:
    with scene.app.app_context():
        revoke_role(scene.ada.key, Role.FLEET)


UNRECORDED: dict[str, Callable[[Scene], None]] = {
    "a session that has ended": _end_a_session_twice,
    "another's session": _end_the_session_of_another,
    "all others, when there is none": lambda s: assert_status(s.client.send("/account/sessions/end"), 303),
    "signing out as a stranger": lambda s: assert_status(s.stranger.send("/logout"), 303),
    "a used link": _follow_a_used_link,
    "a link for an old address": _follow_a_link_for_an_old_address,
    "a reset for nobody": lambda s: assert_status(s.stranger.send("/forgotten", email="x@example.org"), 200),
    "a taken name": lambda s: assert_status(
        s.stranger.send("/register", **{**PERSON, "username": "ada"}, **NEW, email="e@example.org"), 422
    ),
    "a taken address": lambda s: assert_status(
        s.stranger.send("/register", **PERSON, **NEW, email="ada@example.org"), 422
    ),
    "a weak password": lambda s: assert_status(
        s.client.send("/account/password", current=PASSWORD, password="password1!",
                      password_again="password1!"), 422
    ),
    "a taken vehicle": _start_a_ride_on_a_taken_vehicle,
    "another's vehicle": _change_the_vehicle_of_another,
    "a role that is not there": _revoke_a_missing_role,
    "a page": lambda s: assert_status(s.client.get("/account"), 200),
    "a page for others, as a stranger": lambda s: assert_status(s.stranger.get("/fleet"), 303),
}  # fmt: skip


@pytest.mark.parametrize("name", UNRECORDED)
def test_an_action_that_changes_nothing_is_not_recorded(scene: Scene, name: str) -> None:
    UNRECORDED[name](scene)
    kinds = {event.kind for event in read_audit_events(scene.app)}
    # A denied request is recorded, although it changes nothing.
    assert kinds <= ({AuditKind.ACCESS_DENIED} if name == "another's vehicle" else set())
