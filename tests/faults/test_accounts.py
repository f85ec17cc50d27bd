"""Connections that are cut while a user logs in or changes an account: the change happens once or
not at all, and the answer says which."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import (
    NEW_PASSWORD,
    age_rows,
    expire_authentication,
    find_link,
    new_browser,
    read_audit_events,
    read_login_sessions,
    sign_in,
)
from tests.clock import SteppedClock
from tests.database_proxy import Cut, DatabaseProxy
from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory
from tests.faults.riders import UNAVAILABLE_TEXT, UNKNOWN_TEXT
from tests.job_steps import forget_mails, read_mails
from tests.threads import run_in_threads
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services.email_change import request_email_change
from webapp.auth.services.role_grants import grant_role, revoke_role
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import db
from webapp.web.roles import Role

NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
PERSON = {"city": "paris", "first_name": "Eve", "last_name": "Byron", "username": "eve"}


#: Return what was cut: ``lose("result", "UPDATE users", times=2)``.
CutQueries = Callable[..., list[str]]
#: A Visitor returns a response without a type.
Response = Any
#: Something that a visitor does in the application.
Action = Callable[[Flask, Visitor], Response]


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def client(proxied_app: Flask, ada: User) -> Visitor:
    """Ada's browser, signed in."""
    return new_browser(proxied_app).sign_in(ada)


@pytest.fixture
def lose(proxy: DatabaseProxy) -> CutQueries:
    """Cut the connection at queries that contain this text, so many times."""

    def lose(cut: Cut, fragment: str, times: int = 1) -> list[str]:
        cut_queries: list[str] = []

        def on_query(sql: str) -> Cut | None:
            if fragment not in sql or len(cut_queries) >= times:
                return None
            cut_queries.append(sql)
            return cut

        proxy.on_query = on_query
        return cut_queries

    return lose


def change_password(client: Visitor) -> Response:
    return client.send("/account/password", current=PASSWORD, **NEW)


# --- what may be repeated is repeated, and has one effect ------------------------------------


def log_in_with_wrong_password(app: Flask, client: Visitor) -> Response:
    return sign_in(new_browser(app), password="wrong password")


def log_in(app: Flask, client: Visitor) -> Response:
    return sign_in(new_browser(app))


def change_own_password(app: Flask, client: Visitor) -> Response:
    return change_password(client)


def confirm_password(app: Flask, client: Visitor) -> Response:
    expire_authentication(app)
    return client.send("/login/again", password=PASSWORD)


def end_other_sessions(app: Flask, client: Visitor) -> Response:
    for _ in range(2):
        new_browser(app).sign_in(account_owner(app))
    return client.send("/account/sessions/end")


def end_one_session(app: Flask, client: Visitor) -> Response:
    new_browser(app).sign_in(account_owner(app))
    return client.send(f"/account/sessions/{read_login_sessions(app)[-1].id}/end")


def log_out(app: Flask, client: Visitor) -> Response:
    return client.send("/logout")


def open_staff_page(app: Flask, client: Visitor) -> Response:
    return client.get("/fleet")


def account_owner(app: Flask) -> User:
    with app.app_context():
        return db.session.query(User).one()


ACTIONS: dict[Action, tuple[int, AuditKind]] = {
    log_in_with_wrong_password: (422, AuditKind.SIGN_IN_FAILED),
    log_in: (303, AuditKind.SIGNED_IN),
    change_own_password: (303, AuditKind.PASSWORD_CHANGED),
    confirm_password: (303, AuditKind.REAUTHENTICATED),
    end_other_sessions: (303, AuditKind.SESSION_ENDED),
    end_one_session: (303, AuditKind.SESSION_ENDED),
    log_out: (303, AuditKind.SIGNED_OUT),
    open_staff_page: (403, AuditKind.ACCESS_DENIED),
}


@pytest.mark.parametrize("cut", ["query", "result"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_whose_connection_is_cut_is_done_and_recorded_once(
    proxied_app: Flask, client: Visitor, lose: CutQueries, action: Action, cut: Cut
) -> None:
    status, kind = ACTIONS[action]
    cut_queries = lose(cut, "INSERT INTO events")
    assert action(proxied_app, client).status_code == status
    assert cut_queries
    assert [event.kind for event in read_audit_events(proxied_app)] == [kind]


@pytest.mark.parametrize("cut", ["query", "result"])
def test_granting_and_revoking_roles_over_a_cut_connection_is_recorded_once(
    proxied_app: Flask, ada: User, lose: CutQueries, cut: Cut, row: RowReader
) -> None:
    with proxied_app.app_context():
        for change, has_role in ((grant_role, True), (revoke_role, False)):
            cut_queries = lose(cut, "INSERT INTO events")
            change(ada.key, Role.FLEET)
            assert cut_queries
            assert (Role.FLEET in row(User, ada.key).roles) is has_role
    assert [event.kind for event in read_audit_events(proxied_app)] == [
        AuditKind.ROLE_GRANTED,
        AuditKind.ROLE_REVOKED,
    ]


def test_a_login_whose_result_was_lost_starts_one_session_and_sends_one_mail(
    proxied_app: Flask, ada: User, lose: CutQueries
) -> None:
    visitor = new_browser(proxied_app)
    cut_queries = lose("result", "INSERT INTO login_sessions")
    assert sign_in(visitor).status_code == 303
    assert cut_queries
    assert len(read_login_sessions(proxied_app)) == 1
    assert len(read_mails(proxied_app)) == 1
    assert visitor.get("/rides").status_code == 200


def test_a_password_change_whose_result_was_lost_sends_one_mail(
    proxied_app: Flask, client: Visitor, lose: CutQueries
) -> None:
    lose("result", "UPDATE users")
    assert change_password(client).status_code == 303
    assert [mail.subject for mail in read_mails(proxied_app)] == ["Your password was changed"]
    assert client.get("/rides").status_code == 200


@pytest.mark.parametrize("action", ["start", "end"])
def test_a_ride_whose_result_was_lost_is_recorded_once(
    client: Visitor, lose: CutQueries, make_vehicle: VehicleFactory, proxied_app: Flask, action: str
) -> None:
    """Also when the rider has pressed again before the second attempt."""
    start = f"/rides/start/{make_vehicle().public_key}"
    steps = {"start": start}
    if action == "end":
        steps["end"] = client.send(start).location.replace("/rides/", "/rides/end/")
    cut_queries = lose("result", "INSERT INTO events", times=2)
    assert client.send(steps[action], address="By the fountain", spot="city").status_code == 303
    assert len(cut_queries) == 2
    kinds = [event.kind for event in read_audit_events(proxied_app)]
    assert kinds == ["ride.started", "ride.ended"][: 1 + (action == "end")]


# --- what may not be repeated is answered as unknown, and no mail is sent -------------------


def test_a_registration_of_unknown_result_sends_its_mail_if_it_was_committed(
    proxied_app: Flask, lose: CutQueries
) -> None:
    cut_queries = lose("result", "INSERT INTO users")
    response = new_browser(proxied_app).send("/register", **PERSON, **NEW, email="eve@example.org")
    assert cut_queries
    assert response.status_code == 503
    assert UNKNOWN_TEXT in response.text
    assert "/confirm/" in read_mails(proxied_app)[-1].body
    second_browser = new_browser(proxied_app)
    assert sign_in(second_browser, "eve", NEW_PASSWORD).status_code == 303, "it was"
    assert second_browser.send("/confirm").status_code == 303
    assert "/confirm/" in read_mails(proxied_app)[-1].body


@pytest.mark.parametrize("cut", ["query", "result"])
def test_a_password_reset_cut_at_its_commit_is_answered_as_unknown_and_can_be_repeated(
    proxied_app: Flask, ada: User, lose: CutQueries, cut: Cut
) -> None:
    """The commit is done or not: the link tells which."""
    visitor = new_browser(proxied_app)
    visitor.send("/forgotten", email=ada.email)
    link = find_link(read_mails(proxied_app)[-1])
    forget_mails(proxied_app)
    cut_queries = lose(cut, "COMMIT")
    response = visitor.send(link, **NEW)
    assert cut_queries
    assert response.status_code == 503
    assert UNKNOWN_TEXT in response.text
    assert len(read_mails(proxied_app)) == (cut == "result"), "a mail, if it was committed"
    status = visitor.send(link, **NEW).status_code
    assert status == (410 if cut == "result" else 303)
    assert sign_in(new_browser(proxied_app), password=NEW_PASSWORD).status_code == 303


def test_an_email_change_over_a_cut_connection_happens_completely_or_not_at_all(
    proxied_app: Flask, client: Visitor, lose: CutQueries, row: RowReader, ada: User
) -> None:
    client.send("/account/email", email="new@example.org")
    old, new = (find_link(read_mails(proxied_app, to)[-1]) for to in (ada.email, "new@example.org"))
    visitor = new_browser(proxied_app)
    assert visitor.send(old).status_code == 303
    for fragment in ("UPDATE email_links", "UPDATE users", "INSERT INTO events"):
        lose("query", fragment, times=20)
        response = visitor.send(new)
        assert response.status_code == 503
        assert UNAVAILABLE_TEXT in response.text
        assert row(User, ada.key).email == ada.email
    lose("query", "nothing")
    assert visitor.send(new).status_code == 303
    assert row(User, ada.key).email == "new@example.org"
    assert len(read_audit_events(proxied_app, AuditKind.EMAIL_CHANGED)) == 1


@pytest.mark.parametrize("path", ["/login", "/forgotten", "/register"])
def test_when_rate_limits_cannot_be_counted_no_attempt_is_allowed(
    proxied_app: Flask, ada: User, lose: CutQueries, path: str
) -> None:
    fields = {"username": "ada", "password": PASSWORD, "email": ada.email}
    if path == "/register":
        fields = {**PERSON, **NEW, "email": "eve@example.org"}
    cut_queries = lose("query", "INSERT INTO throttles", times=20)
    response = new_browser(proxied_app).send(path, **fields)
    assert cut_queries
    assert response.status_code == 503
    assert read_login_sessions(proxied_app) == []
    assert read_mails(proxied_app) == []
    assert read_audit_events(proxied_app) == []


# --- a failure after the answer is not noticed -----------------------------------------------


def test_a_session_stays_valid_when_its_last_use_cannot_be_written(
    proxied_app: Flask, client: Visitor, lose: CutQueries, caplog: pytest.LogCaptureFixture
) -> None:
    age_rows(proxied_app, LoginSession, "last_seen_at", timedelta(hours=1))
    before = read_login_sessions(proxied_app)[0].last_seen_at
    for cut in ("query", "result"):
        cut_queries = lose(cut, "UPDATE login_sessions", times=20)
        assert client.get("/rides").status_code == 200
        assert cut_queries
        assert "cannot write the last use" in caplog.text
        caplog.clear()
    lose("query", "nothing")
    assert client.get("/rides").status_code == 200
    assert read_login_sessions(proxied_app)[0].last_seen_at > before


def test_a_page_that_fails_writes_nothing_after_its_answer(
    proxied_app: Flask, client: Visitor, lose: CutQueries, proxy: DatabaseProxy
) -> None:
    age_rows(proxied_app, LoginSession, "last_seen_at", timedelta(hours=1))
    lose("query", "FROM rides", times=20)
    proxy.take_queries()
    assert client.get("/rides").status_code == 503
    assert not [sql for sql in proxy.take_queries() if "UPDATE" in sql]


def test_a_user_is_not_logged_out_when_the_account_cannot_be_read(
    proxied_app: Flask, client: Visitor, lose: CutQueries
) -> None:
    lose("query", "login_sessions", times=20)
    response = client.get("/rides")
    assert response.status_code == 503
    lose("query", "nothing")
    assert client.get("/rides").status_code == 200


def test_a_repeated_login_is_refused_when_the_password_has_changed_in_between(
    proxied_app: Flask, ada: User, lose: CutQueries, clock: SteppedClock
) -> None:
    """The query of the first attempt is lost; before the second, the owner changes the password."""
    owner, thief = new_browser(proxied_app).sign_in(ada), new_browser(proxied_app)
    change_statuses: list[int] = []

    def change_it() -> None:
        change_statuses.append(change_password(owner).status_code)

    lose("query", "INSERT INTO login_sessions")
    clock.on_pause = lambda: change_statuses or run_in_threads(change_it)
    response = sign_in(thief)
    assert response.status_code == 422
    assert "Wrong username or password." in response.text.split('id="password-error"')[1]
    assert change_statuses == [303]
    assert len(read_login_sessions(proxied_app, LoginSession.ended_at.is_(None))) == 1
    assert read_audit_events(proxied_app, AuditKind.SIGNED_IN) == []


def test_a_commit_of_unknown_result_is_not_answered_as_done(
    proxied_app: Flask, ada: User, lose: CutQueries
) -> None:
    lose("result", "COMMIT", times=20)
    with proxied_app.app_context(), pytest.raises(AmbiguousCommit):
        request_email_change(ada, "new@example.org", Device(ada.id, "", "", None))
    assert len(read_mails(proxied_app)) == 2, "it was committed"
