"""Concurrent use of an account: password guesses, links in mails, password changes, sessions."""

from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy import func, select

from tests.auth.steps import (
    NEW_PASSWORD,
    expire_rate_limits,
    find_link,
    read_audit_events,
    read_login_sessions,
    update_rows,
)
from tests.factories import PASSWORD, UserFactory, find_city
from tests.job_steps import read_mails
from tests.races.steps import ROUNDS, of_type
from tests.threads import run_together
from webapp.audit.enums import AuditKind
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, RoleGrant, User
from webapp.auth.services import login as login_services
from webapp.auth.services import sessions
from webapp.auth.services.email_change import confirm_email_change, request_email_change
from webapp.auth.services.email_confirmation import confirm_email, send_confirmation_again
from webapp.auth.services.email_links import InvalidEmailLink, LinkToken
from webapp.auth.services.last_admin import LastAdmin
from webapp.auth.services.login import LoginAttempt, WrongCredentials
from webapp.auth.services.password_change import change_password
from webapp.auth.services.password_reset import request_password_reset, reset_password
from webapp.auth.services.registration import EmailTaken, Registration, register
from webapp.auth.services.role_grants import revoke_role
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account
from webapp.web.rate_limits import RateLimitCount, TooManyTries
from webapp.web.roles import Role


@pytest.fixture
def ada(app: Flask, make_user: UserFactory) -> User:
    user = make_user("ada")
    user.login_session = start_session(user)
    return user


def start_session(user: User) -> LoginSession:
    login_session = sessions.new_session(user.key, make_device())
    with db.engines["write"].begin() as connection:
        connection.execute(sessions.insert_session_statement(login_session))
    return login_session


def make_device(address: str = "203.0.113.7") -> Device:
    return Device(uuid4(), "", address, None)


def read_token(app: Flask, to: str = "ada@example.org") -> LinkToken:
    return LinkToken.parse(find_link(read_mails(app, to)[-1]).rsplit("/", 1)[1])


def request_reset(app: Flask) -> LinkToken:
    request_password_reset("ada@example.org", make_device(f"203.0.113.{len(read_mails(app))}"))
    return read_token(app)


def read_password_hash(user: User) -> str:
    query = select(User.password_hash).where(User.id == user.id)
    return db.session.scalars(query).one() or ""


def read_open_sessions(app: Flask) -> list[LoginSession]:
    return read_login_sessions(app, LoginSession.ended_at.is_(None))


# --- guesses -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_of_thirty_concurrent_guesses_ten_are_verified(app: Flask, ada: User, name: str) -> None:
    """Each comes from another browser and another address."""
    guess = partial(login_services.check_password, name, "wrong password")
    results = run_together(app, *(partial(guess, make_device(f"203.0.113.{n}")) for n in range(30)))
    assert len(of_type(results, WrongCredentials)) == 10
    assert len(of_type(results, TooManyTries)) == 20
    kinds = [event.kind for event in read_audit_events(app)]
    assert sorted(kinds) == sorted(
        [AuditKind.SIGN_IN_FAILED] * 10 + [AuditKind.SIGN_IN_RATE_LIMITED]
    )


def test_concurrent_registrations_with_a_taken_address_send_five_mails_to_its_owner(
    app: Flask, ada: User
) -> None:
    paris = find_city("paris")
    calls = [
        partial(register, Registration(paris, "Eve", "Byron", f"eve{n}", ada.email, PASSWORD))
        for n in range(12)
    ]
    results = run_together(app, *calls)
    assert len(of_type(results, EmailTaken)) == len(calls)
    assert len(read_mails(app, ada.email)) == 5


# --- links ---------------------------------------------------------------------------------


def test_a_reset_link_used_concurrently_sets_one_password(app: Flask, ada: User) -> None:
    for _ in range(ROUNDS):
        link, new_passwords = request_reset(app), [f"{NEW_PASSWORD} {n}" for n in range(3)]
        update_rows(app, LoginSession, ended_at=func.now())
        results = run_together(
            app, *(partial(reset_password, link, each) for each in new_passwords)
        )
        assert len(of_type(results, User)) == 1
        assert len(of_type(results, InvalidEmailLink)) == 2
        winner = new_passwords[next(n for n, result in enumerate(results) if type(result) is User)]
        assert passwords.verify_password(winner, read_password_hash(ada))
        update_rows(app, RateLimitCount, until=func.now())
    assert len(read_audit_events(app, AuditKind.PASSWORD_RESET)) == ROUNDS


def test_a_confirmation_link_used_concurrently_confirms_once(app: Flask, ada: User) -> None:
    update_rows(app, User, email_confirmed_at=None)
    send_confirmation_again(ada, make_device())
    results = run_together(app, *[partial(confirm_email, read_token(app))] * 8)
    assert len(of_type(results, InvalidEmailLink)) == 7
    assert len(read_audit_events(app, AuditKind.EMAIL_CONFIRMED)) == 1


def test_an_email_change_confirmed_by_both_addresses_concurrently_is_made_once(
    app: Flask, ada: User
) -> None:
    for n in range(ROUNDS):
        old, new = db.session.scalars(select(User.email)).one(), f"new{n}@example.org"
        update_rows(app, RateLimitCount, until=func.now())
        ada.email = old
        request_email_change(ada, new, make_device())
        both = read_token(app, old), read_token(app, new)
        results = run_together(app, *(partial(confirm_email_change, link) for link in both))
        assert sorted(results) == [False, True]
        assert db.session.scalar(select(User.email)) == new
        assert len(read_audit_events(app, AuditKind.EMAIL_CHANGED)) == n + 1


def test_two_accounts_that_change_to_one_address_concurrently_do_not_both_get_it(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    bob, new_email = make_user("bob", "paris"), "new@example.org"
    tokens = []
    for user in (ada, bob):
        request_email_change(user, new_email, make_device())
        confirm_email_change(read_token(app, user.email))
        tokens.append(read_token(app, new_email))
    results = run_together(app, *(partial(confirm_email_change, token) for token in tokens))
    assert len(of_type(results, EmailTaken)) == 1
    assert results.count(True) == 1
    emails = sorted(db.session.scalars(select(User.email)))
    assert emails in (["bob@example.org", new_email], ["ada@example.org", new_email])


# --- passwords and sessions ----------------------------------------------------------------


def test_no_session_of_the_old_password_stays_open_after_its_change(app: Flask, ada: User) -> None:
    """A login is either faster, and its session is ended, or is refused."""
    all_passwords = [PASSWORD, *(f"{NEW_PASSWORD} {n}" for n in range(ROUNDS))]
    for old, new in pairwise(all_passwords):
        expire_rate_limits(app)  # logins that are refused count
        ada.password_hash = read_password_hash(ada)
        thieves = [make_device(f"203.0.113.{n}") for n in range(4)]
        attempts = [login_services.check_password("ada", old, thief) for thief in thieves]
        db.session.expunge_all()  # each thread keeps what it has read

        def log_in(attempt: LoginAttempt, thief: Device) -> User:
            return login_services.sign_in(attempt, thief, remember=True)

        def change_it(old: str = old, new: str = new) -> None:
            with app.test_request_context():
                login_user(ada)
                change_password(ada, old, new)

        calls = [partial(log_in, *pair) for pair in zip(attempts, thieves, strict=True)]
        *logged_in, changed = run_together(app, *calls, change_it)
        assert changed is None
        assert {type(each) for each in logged_in} <= {User, WrongCredentials}
        assert [login.id for login in read_open_sessions(app)] == [ada.login_session.id]
        assert passwords.verify_password(new, read_password_hash(ada))
        db.session.expire_all()


def test_a_session_ended_ten_times_concurrently_ends_once(app: Flask, ada: User) -> None:
    end_session = partial(sessions.end_session, ada.key, ada.login_session.id)
    assert run_together(app, *[end_session] * 10) == [None] * 10
    assert read_open_sessions(app) == []
    assert len(read_audit_events(app, AuditKind.SESSION_ENDED)) == 1


def test_two_devices_that_end_all_other_sessions_concurrently_do_not_both_stay_logged_in(
    app: Flask, ada: User
) -> None:
    """The first ends the session of the second."""
    keys = [ada.login_session.key, start_session(ada).key]
    numbers = run_together(
        app, *(partial(sessions.end_other_sessions, ada.key, key) for key in keys)
    )
    assert sum(numbers) == 2 - len(read_open_sessions(app))
    assert len(read_audit_events(app, AuditKind.SESSION_ENDED)) == sum(numbers)


def test_of_two_admins_who_delete_their_accounts_together_one_stays(
    app: Flask, make_user: UserFactory
) -> None:
    for n in range(ROUNDS):
        admins = [make_user(f"boss{n}{name}", roles=["admin"]) for name in "ab"]
        results = run_together(app, *(partial(delete_account, admin) for admin in admins))
        (refusal,) = of_type(results, LastAdmin)
        left = admins[results.index(refusal)]
        assert db.session.scalars(select(RoleGrant.user_id)).all() == [left.id]
        revoke_role(left.key, Role.ADMIN)
