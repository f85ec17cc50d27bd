"""Lines that are cut while somebody signs in or looks after an account: once or not at all, told
as it is, and nobody is hurt by what comes after the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.auth.steps import (
    NEW_PASSWORD,
    browser,
    let_pass,
    letters,
    link_in,
    logins,
    no_longer_fresh,
    sign_in,
    trail,
)
from tests.factories import PASSWORD
from tests.faults.riders import AWAY, UNKNOWN, at_once
from webapp.audit.enums import AuditKind
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services.email_change import request_email_change
from webapp.auth.services.roles import grant_role, revoke_role
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import db
from webapp.web.roles import Role

NEW = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
PERSON = {"city": "paris", "first_name": "Eve", "last_name": "Byron", "username": "eve"}


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def client(behind, ada):
    """Ada's browser, signed in."""
    return browser(behind).sign_in(ada)


@pytest.fixture
def lose(wire) -> Callable[..., list[str]]:
    """Cut the line at queries that have this in them: "question" or "answer", so many times."""

    def lose(what: str, mark: str, times: int = 1) -> list[str]:
        cut: list[str] = []

        def on_query(sql: str) -> str | None:
            if mark not in sql or len(cut) >= times:
                return None
            cut.append(sql)
            return what

        wire.on_query = on_query
        return cut

    return lose


def change_password(client):
    return client.send("/account/password", current=PASSWORD, **NEW)


# --- what may be repeated is repeated, and told once -----------------------------------------


def wrong_password(app, client):
    return sign_in(browser(app), password="wrong password")


def right_password(app, client):
    return sign_in(browser(app))


def password(app, client):
    return change_password(client)


def proof(app, client):
    no_longer_fresh(app)
    return client.send("/login/again", password=PASSWORD)


def others(app, client):
    for _ in range(2):
        browser(app).sign_in(owner(app))
    return client.send("/account/sessions/end")


def one_device(app, client):
    browser(app).sign_in(owner(app))
    return client.send(f"/account/sessions/{logins(app)[-1].id}/end")


def owner(app):
    with app.app_context():
        return db.session.query(User).first()


ACTS = {
    wrong_password: (422, AuditKind.SIGN_IN_FAILED),
    right_password: (303, AuditKind.SIGNED_IN),
    password: (303, AuditKind.PASSWORD_CHANGED),
    proof: (303, AuditKind.REAUTHENTICATED),
    others: (303, AuditKind.SESSION_ENDED),
    one_device: (303, AuditKind.SESSION_ENDED),
    lambda app, client: client.send("/logout"): (303, AuditKind.SIGNED_OUT),
    lambda app, client: client.get("/fleet"): (403, AuditKind.ACCESS_DENIED),
}


@pytest.mark.parametrize("what", ["question", "answer"])
@pytest.mark.parametrize("act", ACTS)
def test_an_act_whose_line_is_cut_is_done_and_told_once(behind, client, lose, act, what):
    status, kind = ACTS[act]
    cut = lose(what, "INSERT INTO events")
    assert act(behind, client).status_code == status
    assert cut, "the line was cut"
    assert [event.kind for event in trail(behind)] == [kind]


@pytest.mark.parametrize("what", ["question", "answer"])
def test_roles_given_and_taken_over_a_line_that_is_cut_are_told_once(behind, ada, lose, what, row):
    with behind.app_context():
        for change, held in ((grant_role, True), (revoke_role, False)):
            cut = lose(what, "INSERT INTO events")
            change(ada.key, Role.FLEET)
            assert cut
            assert row(User, ada.key).has_role(Role.FLEET) is held
    assert [event.kind for event in trail(behind)] == [
        AuditKind.ROLE_GRANTED,
        AuditKind.ROLE_REVOKED,
    ]


def test_a_sign_in_whose_answer_was_lost_begins_one_session_and_sends_one_mail(behind, ada, lose):
    visitor = browser(behind)
    cut = lose("answer", "INSERT INTO login_sessions")
    assert sign_in(visitor).status_code == 303
    assert cut
    assert len(logins(behind)) == 1
    assert len(letters(behind)) == 1
    assert visitor.get("/rides").status_code == 200


def test_a_changed_password_whose_answer_was_lost_is_written_about_once(behind, client, lose):
    lose("answer", "UPDATE users")
    assert change_password(client).status_code == 303
    assert [letter.subject for letter in letters(behind)] == ["Your password was changed"]
    assert client.get("/rides").status_code == 200


@pytest.mark.parametrize("asked", ["start", "end"])
def test_a_ride_whose_answer_was_lost_is_told_once(client, lose, make_vehicle, behind, asked):
    """Also when the rider has pressed again before the second attempt."""
    start = f"/rides/start/{make_vehicle().public_key}"
    steps = {"start": start}
    if asked == "end":
        steps["end"] = client.send(start).location.replace("/rides/", "/rides/end/")
    cut = lose("answer", "INSERT INTO events", times=2)
    assert client.send(steps[asked], address="By the fountain").status_code == 303
    assert len(cut) == 2
    kinds = [event.kind for event in trail(behind)]
    assert kinds == ["ride.started", "ride.ended"][: 1 + (asked == "end")]


# --- what may not be repeated is told as unknown, and no mail leaves --------------------------


def test_no_mail_leaves_when_nobody_knows_whether_an_account_was_opened(behind, lose):
    cut = lose("answer", "INSERT INTO users")
    answer = browser(behind).send("/register", **PERSON, **NEW, email="eve@example.org")
    assert cut
    assert answer.status_code == 503
    assert UNKNOWN in answer.text
    assert letters(behind) == []
    again = browser(behind)
    assert sign_in(again, "eve", NEW_PASSWORD).status_code == 303, "it was"
    assert again.send("/confirm").status_code == 303
    assert "/confirm/" in letters(behind)[-1].body


@pytest.mark.parametrize("what", ["question", "answer"])
def test_a_reset_that_was_cut_at_its_end_is_told_as_unknown_and_can_be_tried_again(
    behind, ada, lose, what
):
    """The commit is done or not: the link tells which."""
    visitor = browser(behind)
    visitor.send("/forgotten", email=ada.email)
    link = link_in(letters(behind)[-1])
    behind.extensions["mailman"].outbox.clear()
    cut = lose(what, "COMMIT")
    answer = visitor.send(link, **NEW)
    assert cut
    assert answer.status_code == 503
    assert UNKNOWN in answer.text
    assert letters(behind) == []
    status = visitor.send(link, **NEW).status_code
    assert status == (410 if what == "answer" else 303)
    assert sign_in(browser(behind), password=NEW_PASSWORD).status_code == 303


def test_a_changed_address_is_not_half_done_when_the_line_is_cut(behind, client, lose, row, ada):
    client.send("/account/email", email="new@example.org")
    old, new = (link_in(letters(behind, to)[-1]) for to in (ada.email, "new@example.org"))
    visitor = browser(behind)
    assert visitor.send(old).status_code == 303
    for mark in ("UPDATE email_links", "UPDATE users", "INSERT INTO events"):
        lose("question", mark, times=20)
        answer = visitor.send(new)
        assert answer.status_code == 503
        assert AWAY in answer.text
        assert row(User, ada.key).email == ada.email
    lose("question", "nothing")
    assert visitor.send(new).status_code == 303
    assert row(User, ada.key).email == "new@example.org"
    assert len(trail(behind, AuditKind.EMAIL_CHANGED)) == 1


@pytest.mark.parametrize("path", ["/login", "/forgotten", "/register"])
def test_when_tries_cannot_be_counted_nobody_may_try(behind, ada, lose, path):
    fields = {"username": "ada", "password": PASSWORD, "email": ada.email}
    if path == "/register":
        fields = {**PERSON, **NEW, "email": "eve@example.org"}
    cut = lose("question", "INSERT INTO throttles", times=20)
    answer = browser(behind).send(path, **fields)
    assert cut
    assert answer.status_code == 503
    assert logins(behind) == []
    assert letters(behind) == []
    assert trail(behind) == []


# --- what comes after the answer hurts nobody -------------------------------------------------


def test_a_session_that_cannot_be_noted_as_used_is_good_all_the_same(behind, client, lose, caplog):
    let_pass(behind, LoginSession, "last_seen_at", timedelta(hours=1))
    before = logins(behind)[0].last_seen_at
    for what in ("question", "answer"):
        cut = lose(what, "UPDATE login_sessions", times=20)
        assert client.get("/rides").status_code == 200
        assert cut
        assert "cannot write last_seen_at" in caplog.text
        caplog.clear()
    lose("question", "nothing")
    assert client.get("/rides").status_code == 200
    assert logins(behind)[0].last_seen_at > before


def test_a_page_that_fails_writes_nothing_after_it(behind: Flask, client, lose, wire):
    let_pass(behind, LoginSession, "last_seen_at", timedelta(hours=1))
    lose("question", "FROM rides", times=20)
    wire.take_queries()
    assert client.get("/rides").status_code == 503
    assert not [sql for sql in wire.take_queries() if "UPDATE" in sql]


def test_an_account_that_is_away_is_not_signed_out(behind, client, lose):
    """Not to know who is asking is not to know that it is a stranger."""
    lose("question", "login_sessions", times=20)
    answer = client.get("/rides")
    assert answer.status_code == 503
    lose("question", "nothing")
    assert client.get("/rides").status_code == 200


def test_a_sign_in_is_settled_by_asking_again_when_the_password_has_changed_between(
    behind, ada, lose, clock
):
    """The first attempt is lost on its way; before the second, the owner has another password."""
    owner, thief = browser(behind).sign_in(ada), browser(behind)
    changed: list[int] = []

    def change_it() -> None:
        changed.append(change_password(owner).status_code)

    lose("question", "INSERT INTO login_sessions")
    clock.on_pause = lambda: changed or at_once(change_it)
    answer = sign_in(thief)
    assert answer.status_code == 422
    assert (
        "Name and password do not belong together." in answer.text.split('id="password-error"')[1]
    )
    assert changed == [303]
    assert len(logins(behind, LoginSession.ended_at.is_(None))) == 1
    assert trail(behind, AuditKind.SIGNED_IN) == []


def test_a_commit_nobody_heard_of_is_no_success(behind, ada, lose):
    lose("answer", "COMMIT", times=20)
    with behind.app_context(), pytest.raises(AmbiguousCommit):
        request_email_change(ada, "new@example.org", Device(ada.id, "", "", None))
    assert letters(behind) == []
