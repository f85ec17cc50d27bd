"""Actions of accounts: signing in, passwords, addresses, what staff may see."""

import re

from sqlalchemy import select

from tests.audit.actions.scene import NEW, Outcome, Scene, outcome_for_ada, records
from tests.auth.oauth.program import REVOKE, Program
from tests.auth.oauth.steps import insert_client
from tests.auth.steps import (
    expire_authentication,
    new_browser,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD
from tests.texts.steps import insert_text
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db

PERSON = {"city": "paris", "first_name": "Eve", "last_name": "Byron", "username": "eve"}


@records(AuditKind.REGISTERED)
def register(scene: Scene) -> Outcome:
    response = scene.stranger.send("/register", **PERSON, **NEW, email="eve@example.org")
    with scene.app.app_context():
        eve = db.session.scalars(select(User).where(User.username == "eve")).unique().one().key
    return response, eve, f"account {eve}"


@records(AuditKind.API_TOKEN_CREATED)
def create_an_access_token(scene: Scene) -> Outcome:
    fields = {"name": "Program", "account_read": "y", "days": "7"}
    return outcome_for_ada(scene, scene.client.send("/account/tokens/new", **fields))


@records(AuditKind.API_TOKEN_DELETED)
def delete_an_access_token(scene: Scene) -> Outcome:
    create_an_access_token(scene)
    listed = scene.client.get("/account/tokens").text
    (path,) = re.findall(r"/account/tokens/[^/]+/delete", listed)
    return outcome_for_ada(scene, scene.client.send(path))


def _sign_in_with_app(scene: Scene) -> Program:
    return Program(scene.app, insert_client(scene.app)).sign_in(scene.client)


@records(AuditKind.APP_ACCESS_GIVEN)
def give_an_app_access(scene: Scene) -> Outcome:
    program = Program(scene.app, insert_client(scene.app))
    response = scene.client.send(program.authorize_path(), decision="allow")
    return outcome_for_ada(scene, response)


@records(AuditKind.APP_ACCESS_ENDED)
def take_access_away_from_an_app(scene: Scene) -> Outcome:
    path = f"/account/apps/{_sign_in_with_app(scene).client_id}/end"
    return outcome_for_ada(scene, scene.client.send(path))


@records(AuditKind.APP_SIGNED_OUT)
def sign_out_as_an_app(scene: Scene) -> Outcome:
    program = _sign_in_with_app(scene)
    return program.post(REVOKE, token=program.refresh_token), None, scene.account


@records(AuditKind.APP_TOKEN_REUSED)
def use_a_code_twice(scene: Scene) -> Outcome:
    program = Program(scene.app, insert_client(scene.app))
    code = program.get_code(scene.client)
    program.exchange(code)
    return program.exchange(code), None, scene.account


@records(AuditKind.TERMS_AGREED)
def agree_to_terms(scene: Scene) -> Outcome:
    terms = insert_text(scene.app, "Terms", requires_agreement=True)
    path = f"/rides/reserve/{scene.make_vehicle(state='missing').public_key}"
    fields = {"terms": str(terms), "terms_city": "new york"}
    return outcome_for_ada(scene, scene.client.send(path, **fields))


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


@records(AuditKind.TABLE_VIEWED)
def look_at_a_table(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["admin"])
    scene.stranger.sign_in(sam)
    return scene.stranger.get("/admin/tables/users"), sam.key, None


@records(AuditKind.PERSONS_SEARCHED)
def search_for_riders(scene: Scene) -> Outcome:
    sam = scene.make_user("sam", roles=["support"])
    scene.stranger.sign_in(sam)
    return scene.stranger.get("/fleet/search?q=wrong+password"), sam.key, None
