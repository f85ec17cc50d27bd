"""Signing in: the answers do not show who has an account, and hashes are renewed."""

from collections.abc import Callable
from time import monotonic
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func

from tests.auth.login_steps import ATTEMPTS, fail_sign_ins, read_sign_in_page
from tests.auth.steps import (
    NEW_PASSWORD,
    find_link,
    new_browser,
    read_audit_events,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, RowReader
from tests.job_steps import read_mails
from webapp.audit.enums import AuditKind
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import login
from webapp.auth.services.users import name_condition
from webapp.extensions import bcrypt
from webapp.regions.catalogue import catalogue

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


# --- the answers do not show who has an account ------------------------------------------------------


#: Name, password.
REFUSED_SIGN_INS = {
    "unknown name": ("nobody", PASSWORD),
    "unknown address": ("nobody@example.org", PASSWORD),
    "wrong password": ("ada", "wrong password"),
    "wrong password, by address": ("ada@example.org", "wrong password"),
    "disabled account": ("eve", PASSWORD),
    "account without a password": ("oda", PASSWORD),
}


@pytest.mark.usefixtures("accounts")
def test_all_refused_sign_ins_show_the_same_page(app: Flask) -> None:
    responses = [read_sign_in_page(new_browser(app), *typed) for typed in REFUSED_SIGN_INS.values()]
    assert responses[0][0] == 422
    assert "Wrong username or password." in responses[0][1]
    assert all(response == responses[0] for response in responses)


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("attempt", REFUSED_SIGN_INS)
def test_all_refused_sign_ins_take_three_round_trips_and_one_hash(
    app: Flask, round_trips: Callable[[], int], bcrypt_calls: list[str], attempt: str
) -> None:
    client = new_browser(app)
    name, password = REFUSED_SIGN_INS[attempt]
    data = {"csrf_token": client.token(), "username": name, "password": password}
    round_trips()
    assert client.post("/login", data=data).status_code == 422
    assert round_trips() == 3
    assert bcrypt_calls == ["check_password_hash"]


# --- after a successful sign-in --------------------------------------------------------------------------


def test_signing_in_is_three_round_trips_beside_the_hash(
    app: Flask, ada: User, round_trips: Callable[[], int], bcrypt_calls: list[str]
) -> None:
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD}
    round_trips()
    assert client.post("/login", data=data).status_code == 303
    assert round_trips() == 3
    assert bcrypt_calls == ["check_password_hash"]


def test_signing_in_without_a_city_does_not_reload_the_catalogue(
    app: Flask, ada: User, round_trips: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is unknown makes the catalogue read anew when it is older than a second."""
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD}
    with app.app_context():
        catalogue().all()
        monkeypatch.setattr(catalogue().cache, "clock", lambda: monotonic() + 10)
    round_trips()
    client.post("/login", data=data)
    assert round_trips() == 3


def test_a_session_stores_how_it_was_started(app: Flask, ada: User) -> None:
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD, "remember": "y"}
    client.post("/login", data=data, headers={"User-Agent": "x" * 300})
    login_session = read_login_sessions(app)[0]
    assert (login_session.region, login_session.user_id) == tuple(ada.key)
    assert (login_session.remember, login_session.second_factor) == (True, False)
    assert (login_session.agent, login_session.address, login_session.city) == (
        "x" * 255,
        "127.0.0.1",
        None,
    )


def test_sign_in_from_a_new_device_sends_a_mail_and_from_a_known_one_does_not(
    app: Flask, ada: User
) -> None:
    """The mail is in the language of the account, and not of the browser."""
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD}
    client.post("/login", data=data, headers={"User-Agent": FIREFOX, "Accept-Language": "nl"})
    (letter,) = read_mails(app)
    assert letter.to == ["ada@example.org"]
    assert "Firefox on Linux\n" in letter.body
    assert "127.0.0.1\n" in letter.body
    assert find_link(letter) == "/account"
    client.send("/logout")
    sign_in(client)
    assert len(read_mails(app)) == 1


@pytest.mark.slow
def test_failed_sign_ins_send_no_mail(app: Flask, ada: User) -> None:
    fail_sign_ins(app, ATTEMPTS + 1)
    assert not read_mails(app)


def test_the_browser_that_registered_is_known(app: Flask) -> None:
    client = new_browser(app)
    person = {"city": "paris", "first_name": "Ada", "last_name": "Byron", "username": "ada"}
    both = {"password": PASSWORD, "password_again": PASSWORD}
    client.send("/register", **person, **both, email="ada@example.org")
    client.send("/logout")
    sign_in(client)
    assert ["confirm" in letter.body.lower() for letter in read_mails(app)] == [True]


# --- hashes --------------------------------------------------------------------------------


@pytest.fixture
def higher_hash_cost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the cost of new password hashes."""
    monkeypatch.setitem(app.config, "BCRYPT_LOG_ROUNDS", 5)
    monkeypatch.setattr(bcrypt, "_log_rounds", 5)


@pytest.mark.usefixtures("higher_hash_cost")
def test_a_password_is_rehashed_when_the_hash_cost_has_risen(
    app: Flask, ada: User, row: RowReader
) -> None:
    for hash_begins in ("$2b$05$", "$2b$05$"):
        assert sign_in(new_browser(app)).status_code == 303
        assert row(User, ada.key).password_hash.startswith(hash_begins)


@pytest.mark.usefixtures("higher_hash_cost")
def test_a_wrong_password_is_not_rehashed(app: Flask, ada: User, row: RowReader) -> None:
    fail_sign_ins(app, 1)
    assert row(User, ada.key).password_hash == ada.password_hash


def check_credentials(device: Device) -> login.LoginAttempt:
    return login.check_password("ada", PASSWORD, device)


@pytest.mark.usefixtures("higher_hash_cost")
def test_a_password_change_during_a_sign_in_with_the_old_one_refuses_the_sign_in(
    app: Flask, ada: User, row: RowReader
) -> None:
    intruder = Device(uuid4(), "", "203.0.113.7", None)
    with app.app_context():
        attempt = check_credentials(intruder)
    owner = new_browser(app).sign_in(ada)
    typed = {"current": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert owner.send("/account/password", **typed).status_code == 303
    with app.app_context(), pytest.raises(login.WrongCredentials):
        login.sign_in(attempt, intruder, remember=True, password=PASSWORD)
    assert len(read_login_sessions(app, LoginSession.ended_at.is_(None))) == 1
    assert not read_audit_events(app, AuditKind.SIGNED_IN)
    with app.app_context():
        assert passwords.verify_password(NEW_PASSWORD, row(User, ada.key).password_hash)


def test_disabling_an_account_during_a_sign_in_refuses_the_sign_in(app: Flask, ada: User) -> None:
    device = Device(uuid4(), "", "203.0.113.7", None)
    with app.app_context():
        attempt = check_credentials(device)
        update_rows(app, User, disabled_at=func.now())
        with pytest.raises(login.WrongCredentials):
            login.sign_in(attempt, device, remember=True, password=PASSWORD)
    assert not read_login_sessions(app)
    assert not read_mails(app)


def test_an_attempt_reads_the_current_state_of_the_account(app: Flask, ada: User) -> None:
    with app.app_context():
        for disabled in (False, True):
            device = Device(uuid4(), "", "", None)
            attempt = login.prepare_attempt(name_condition("ada"), device)
            assert attempt
            assert bool(attempt.user.disabled_at) is disabled
            update_rows(app, User, disabled_at=func.now())
