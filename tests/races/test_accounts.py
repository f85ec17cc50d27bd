"""Accounts at the same time: guesses, links that two people press, a password that changes."""

from functools import partial
from itertools import pairwise
from uuid import uuid4

import pytest
from flask_login import login_user
from sqlalchemy import func, select

from tests.auth.steps import (
    NEW_PASSWORD,
    find_link,
    read_audit_events,
    read_login_sessions,
    read_mails,
    update_rows,
)
from tests.factories import PASSWORD
from tests.threads import run_together
from webapp.audit.enums import AuditKind
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import login as signing_in
from webapp.auth.services import sessions
from webapp.auth.services.email_change import confirm_email_change, request_email_change
from webapp.auth.services.email_confirmation import confirm_email, send_confirmation_again
from webapp.auth.services.email_links import InvalidEmailLink, LinkToken
from webapp.auth.services.login import WrongCredentials
from webapp.auth.services.password_change import change_password
from webapp.auth.services.password_reset import request_password_reset, reset_password
from webapp.auth.services.registration import EmailTaken, Registration, register
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.web.rate_limits import RateLimitCount, TooManyTries

#: A race of two is run this often, for both to win sometimes.
ROUNDS = 6


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(app, make_user):
    user = make_user("ada")
    user.login_session = begin_session(user)
    return user


def begin_session(user):
    login_session = sessions.new_session(user.key, device())
    with db.engines["write"].begin() as connection:
        connection.execute(sessions.insert_session_statement(login_session))
    return login_session


def device(address="203.0.113.7"):
    return Device(uuid4(), "", address, None)


def of_type(results, type_):
    return [result for result in results if type(result) is type_]


def token(app, to="ada@example.org"):
    return LinkToken.parse(find_link(read_mails(app, to)[-1]).rsplit("/", 1)[1])


def ask_reset(app):
    request_password_reset("ada@example.org", device(f"203.0.113.{len(read_mails(app))}"))
    return token(app)


def stored(user):
    return db.session.scalar(select(User.password_hash).where(User.id == user.id))


def alive(app):
    return read_login_sessions(app, LoginSession.ended_at.is_(None))


# --- guesses -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_of_thirty_guesses_at_once_ten_are_looked_at(app, ada, name):
    """Each from another browser and another place."""
    guess = partial(signing_in.check_password, name, "wrong password")
    results = run_together(app, *(partial(guess, device(f"203.0.113.{n}")) for n in range(30)))
    assert len(of_type(results, WrongCredentials)) == 10
    assert len(of_type(results, TooManyTries)) == 20
    kinds = [event.kind for event in read_audit_events(app)]
    assert sorted(kinds) == sorted(
        [AuditKind.SIGN_IN_FAILED] * 10 + [AuditKind.SIGN_IN_RATE_LIMITED]
    )


def test_of_many_who_register_with_a_taken_address_five_make_us_write_to_its_owner(app, ada):
    paris = catalogue().find("paris")
    calls = [
        partial(register, Registration(paris, "Eve", "Byron", f"eve{n}", ada.email, PASSWORD))
        for n in range(12)
    ]
    results = run_together(app, *calls)
    assert len(of_type(results, EmailTaken)) == len(calls)
    assert len(read_mails(app, ada.email)) == 5


# --- links ---------------------------------------------------------------------------------


def test_of_two_who_use_one_link_to_reset_one_sets_the_password(app, ada):
    for _ in range(ROUNDS):
        link, words = ask_reset(app), [f"{NEW_PASSWORD} {n}" for n in range(3)]
        update_rows(app, LoginSession, ended_at=func.now())
        results = run_together(app, *(partial(reset_password, link, each) for each in words))
        assert len(of_type(results, User)) == 1
        assert len(of_type(results, InvalidEmailLink)) == 2
        won = words[next(n for n, result in enumerate(results) if type(result) is User)]
        assert passwords.verify_password(won, stored(ada))
        update_rows(app, RateLimitCount, until=func.now())
    assert len(read_audit_events(app, AuditKind.PASSWORD_RESET)) == ROUNDS


def test_a_link_to_confirm_is_used_once(app, ada):
    update_rows(app, User, email_confirmed_at=None)
    send_confirmation_again(ada, device())
    results = run_together(app, *[partial(confirm_email, token(app))] * 8)
    assert len(of_type(results, InvalidEmailLink)) == 7
    assert len(read_audit_events(app, AuditKind.EMAIL_CONFIRMED)) == 1


def test_both_addresses_agree_at_once_and_it_changes_once(app, ada):
    for n in range(ROUNDS):
        old, new = db.session.scalar(select(User.email)), f"new{n}@example.org"
        update_rows(app, RateLimitCount, until=func.now())
        ada.email = old
        request_email_change(ada, new, device())
        both = token(app, old), token(app, new)
        results = run_together(app, *(partial(confirm_email_change, link) for link in both))
        assert sorted(results) == [False, True]
        assert db.session.scalar(select(User.email)) == new
        assert len(read_audit_events(app, AuditKind.EMAIL_CHANGED)) == n + 1


def test_two_accounts_that_want_one_address_at_once_do_not_both_get_it(app, ada, make_user):
    bob, want = make_user("bob", "paris"), "new@example.org"
    last = []
    for user in (ada, bob):
        request_email_change(user, want, device())
        confirm_email_change(token(app, user.email))
        last.append(token(app, want))
    results = run_together(app, *(partial(confirm_email_change, link) for link in last))
    assert len(of_type(results, EmailTaken)) == 1
    assert results.count(True) == 1
    emails = sorted(db.session.scalars(select(User.email)))
    assert emails in (["bob@example.org", want], ["ada@example.org", want])


# --- passwords and sessions ----------------------------------------------------------------


def test_nobody_who_signs_in_with_the_old_password_outlives_its_change(app, ada):
    """Either they were faster and their session ends, or they come too late."""
    words = [PASSWORD, *(f"{NEW_PASSWORD} {n}" for n in range(ROUNDS))]
    for old, new in pairwise(words):
        ada.password_hash = stored(ada)
        thieves = [device(f"203.0.113.{n}") for n in range(4)]
        found = [signing_in.check_password("ada", old, thief) for thief in thieves]
        db.session.expunge_all()  # each goes on with what it has seen

        def enter(candidate, thief):
            return signing_in.sign_in(candidate, thief, remember=True)

        def change_it(old=old, new=new):
            with app.test_request_context():
                login_user(ada)
                change_password(ada, old, new)

        calls = [partial(enter, *pair) for pair in zip(found, thieves, strict=True)]
        *entered, changed = run_together(app, *calls, change_it)
        assert changed is None
        assert {type(each) for each in entered} <= {User, WrongCredentials}
        assert [login.id for login in alive(app)] == [ada.login_session.id]
        assert passwords.verify_password(new, stored(ada))
        db.session.expire_all()


def test_a_session_that_is_ended_ten_times_at_once_ends_once(app, ada):
    ending = partial(sessions.end_session, ada.key, ada.login_session.id)
    assert run_together(app, *[ending] * 10) == [None] * 10
    assert alive(app) == []
    assert len(read_audit_events(app, AuditKind.SESSION_ENDED)) == 1


def test_two_devices_that_sign_all_others_out_at_once_do_not_both_stay(app, ada):
    """Or neither does: whoever is second was signed out by the first."""
    keys = [ada.login_session.key, begin_session(ada).key]
    numbers = run_together(
        app, *(partial(sessions.end_other_sessions, ada.key, key) for key in keys)
    )
    assert sum(numbers) == 2 - len(alive(app))
    assert len(read_audit_events(app, AuditKind.SESSION_ENDED)) == sum(numbers)
