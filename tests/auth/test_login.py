"""Signing in: nobody learns who has an account, guesses are counted, and owners get in."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func
from sqlalchemy.engine import URL

from tests.auth.steps import (
    NEW_PASSWORD,
    age_rows,
    expire_authentication,
    expire_rate_limits,
    find_link,
    is_signed_in,
    new_browser,
    read_audit_events,
    read_login_sessions,
    read_mails,
    sign_in,
    update_rows,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import login, reauthentication
from webapp.auth.services.users import name_condition
from webapp.extensions import bcrypt, db
from webapp.regions.catalogue import catalogue
from webapp.web.rate_limits import RateLimitCount

ATTEMPTS = 10
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@pytest.fixture
def bcrypt_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is bcrypt_calls from now on."""
    calls: list[str] = []

    def record_calls(name: str) -> Callable[..., str | bytes | bool]:
        function: Callable[..., str | bytes | bool] = getattr(bcrypt, name)

        def call(*arguments: str | bytes | int) -> str | bytes | bool:
            calls.append(name)
            return function(*arguments)

        return call

    for name in ("check_password_hash", "generate_password_hash"):
        monkeypatch.setattr(bcrypt, name, record_calls(name))
    return calls


def make_guesser(app: Flask) -> Callable[..., int]:
    """Return a function that sends a wrong password from a new browser and returns the status."""
    client = new_browser(app)
    token = client.token()

    def guess(name: str = "ada", **options: Any) -> int:
        client.delete_cookie("device")
        data = {"csrf_token": token, "username": name, "password": "wrong password"}
        status: int = client.post("/login", data=data, **options).status_code
        return status

    return guess


def fail_sign_ins(app: Flask, times: int, name: str = "ada", **options: Any) -> list[int]:
    guess = make_guesser(app)
    return [guess(name, **options) for _ in range(times)]


# --- nobody learns who has an account ------------------------------------------------------

#: Name, password.
REFUSED_SIGN_INS = {
    "unknown name": ("nobody", PASSWORD),
    "unknown address": ("nobody@example.org", PASSWORD),
    "wrong password": ("ada", "wrong password"),
    "wrong password, by address": ("ada@example.org", "wrong password"),
    "disabled account": ("eve", PASSWORD),
    "account without a password": ("oda", PASSWORD),
}


@pytest.fixture
def accounts(make_user: UserFactory) -> None:
    make_user("ada")
    make_user("eve", disabled_at=func.now())
    make_user("oda", password_hash="")


def read_sign_in_page(client: Visitor, name: str, password: str) -> tuple[int, str, set[str]]:
    """Return status, body and names of headers, without what differs by chance."""
    answer = sign_in(client, name, password)
    body = re.sub(r'(name="csrf_token"[^>]* value|nonce)="[^"]+"', "", answer.text)
    return answer.status_code, body.replace(f'value="{name}"', ""), set(answer.headers.keys())


@pytest.mark.usefixtures("accounts")
def test_all_refused_sign_ins_show_the_same_page(app: Flask) -> None:
    answers = [read_sign_in_page(new_browser(app), *typed) for typed in REFUSED_SIGN_INS.values()]
    assert answers[0][0] == 422
    assert "Name and password do not belong together." in answers[0][1]
    assert all(answer == answers[0] for answer in answers)


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


@pytest.mark.usefixtures("accounts")
def test_all_rate_limited_sign_ins_show_the_same_page_without_a_hash(
    app: Flask, round_trips: Callable[[], int], bcrypt_calls: list[str]
) -> None:
    answers, prices = [], []
    for name in ("nobody", "nobody@example.org", "ada", "eve", "oda"):
        expire_rate_limits(app)
        fail_sign_ins(app, ATTEMPTS, name)
        bcrypt_calls.clear()
        for _ in range(2):
            round_trips()
            answers.append(read_sign_in_page(new_browser(app), name, PASSWORD))
            prices.append(round_trips())
    assert answers[0][0] == 429
    assert prices == [4, 3] * 5, "the first one is told in the trail"
    for answer in answers[1:]:
        assert answer == answers[0]
    assert bcrypt_calls == []


# --- guesses are counted -------------------------------------------------------------------


def test_ten_failures_for_an_account_close_it_to_new_browsers_for_a_while(
    app: Flask, ada: User
) -> None:
    assert fail_sign_ins(app, ATTEMPTS) == [422] * ATTEMPTS
    answer = sign_in(new_browser(app), "ADA@example.org")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert "Too many tries in a short time. Try again in 15 minutes." in answer.text
    assert not read_login_sessions(app)


def test_the_refusal_names_the_minutes_that_are_left(app: Flask, ada: User) -> None:
    fail_sign_ins(app, ATTEMPTS)
    age_rows(app, RateLimitCount, "until", timedelta(minutes=14, seconds=10))
    answer = sign_in(new_browser(app))
    assert int(answer.headers["Retry-After"]) <= 50
    assert "Try again in a minute." in answer.text


def test_after_the_window_sign_in_is_possible_again(app: Flask, ada: User) -> None:
    fail_sign_ins(app, ATTEMPTS + 1)
    age_rows(app, RateLimitCount, "until", timedelta(minutes=15))
    assert sign_in(new_browser(app)).status_code == 303


def test_strangers_who_guess_do_not_lock_out_a_browser_that_was_in_before(
    app: Flask, ada: User
) -> None:
    known = new_browser(app)
    sign_in(known)
    known.send("/logout")
    fail_sign_ins(app, ATTEMPTS + 5)
    assert sign_in(new_browser(app)).status_code == 429
    assert sign_in(known).status_code == 303


def test_a_known_browser_is_counted_too(app: Flask, ada: User) -> None:
    known = new_browser(app)
    sign_in(known)
    known.send("/logout")
    for _ in range(ATTEMPTS):
        assert sign_in(known, password="wrong password").status_code == 422
    assert sign_in(known).status_code == 429
    assert sign_in(new_browser(app)).status_code == 303, "and does not close the account to others"


def test_a_browser_known_to_one_account_is_unknown_to_another(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    intruder = new_browser(app)
    make_user("bob")
    sign_in(intruder, "bob")
    intruder.send("/logout")
    fail_sign_ins(app, ATTEMPTS)
    assert sign_in(intruder, "ada").status_code == 429


def test_successes_do_not_count(app: Flask, ada: User) -> None:
    for _ in range(ATTEMPTS + 2):
        assert sign_in(new_browser(app)).status_code == 303
    assert fail_sign_ins(app, ATTEMPTS + 1) == [422] * ATTEMPTS + [429]


def test_counts_hold_for_all_workers(app: Flask, ada: User, database: URL) -> None:
    other = make_app(database)
    other.test_client_class = Visitor
    try:
        half = ATTEMPTS // 2
        assert fail_sign_ins(app, half) + fail_sign_ins(other, half) == [422] * ATTEMPTS
        assert fail_sign_ins(other, 1) + fail_sign_ins(app, 1) == [429, 429]
    finally:
        dispose_engines(other)


def address_option(address: str) -> dict[str, Any]:
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def fail_from_addresses(app: Flask, *addresses: str) -> list[int]:
    """Try many names, one from each address."""
    guess = make_guesser(app)
    return [guess(uuid4().hex, **address_option(each)) for each in addresses]


def test_thirty_failures_close_an_address_for_all_names(app: Flask, ada: User) -> None:
    assert fail_from_addresses(app, *["203.0.113.7"] * 31) == [422] * 30 + [429]
    assert fail_sign_ins(app, 1, **address_option("203.0.113.7")) == [429]
    assert fail_sign_ins(app, 1, **address_option("203.0.113.8")) == [422]


def test_a_network_of_64_bits_counts_as_one_address(app: Flask) -> None:
    network = [f"2001:db8:0:1:{n:x}::1" for n in range(31)]
    assert fail_from_addresses(app, *network) == [422] * 30 + [429]
    assert fail_from_addresses(app, "2001:db8:0:2::1") == [422]


def test_addresses_of_four_bytes_written_as_sixteen_are_still_many(app: Flask) -> None:
    """A server that listens on [::] sees them like that."""
    mapped = [f"::ffff:203.0.113.{n}" for n in range(31)]
    assert fail_from_addresses(app, *mapped) == [422] * 31
    assert fail_from_addresses(app, *["203.0.113.7"] * 30) == [422] * 29 + [429]


def test_a_visitor_cannot_choose_an_address_by_a_header(app: Flask) -> None:
    guess = make_guesser(app)
    for n in range(31):
        headers = {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-Ip": f"198.51.100.{n}"}
        answer = guess(uuid4().hex, headers=headers)
    assert answer == 429
    assert {event.address for event in read_audit_events(app)} == {"127.0.0.1"}


def test_all_visitors_together_are_counted_as_well(
    app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_TOTAL", (8, 300))
    at_home = new_browser(app)
    sign_in(at_home)
    at_home.send("/logout")
    answers = fail_from_addresses(app, *(f"203.0.113.{n}" for n in range(20)))
    assert answers == [422] * 8 + [429] * 12
    assert sign_in(new_browser(app)).status_code == 429
    assert sign_in(at_home).status_code == 303  # strangers who guess close no known browser's door


def test_names_that_were_typed_are_not_kept(app: Flask) -> None:
    fail_sign_ins(app, 1, "somebody@example.org")
    with app.app_context():
        rows = db.session.query(RateLimitCount.bucket).all()
    assert rows
    assert "somebody" not in str(rows)


# --- being let in --------------------------------------------------------------------------


def test_signing_in_is_three_round_trips_beside_the_hash(
    app: Flask, ada: User, round_trips: Callable[[], int], bcrypt_calls: list[str]
) -> None:
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD}
    round_trips()
    assert client.post("/login", data=data).status_code == 303
    assert round_trips() == 3
    assert bcrypt_calls == ["check_password_hash"]


def test_signing_in_does_not_look_for_a_city_that_nobody_named(
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


def test_a_session_remembers_how_it_was_begun(app: Flask, ada: User) -> None:
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


def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(app: Flask, ada: User) -> None:
    client = new_browser(app)
    data = {"csrf_token": client.token(), "username": "ada", "password": PASSWORD}
    client.post("/login", data=data, headers={"User-Agent": FIREFOX})
    (letter,) = read_mails(app)
    assert letter.to == ["ada@example.org"]
    assert "Firefox on Linux\n" in letter.body
    assert "127.0.0.1\n" in letter.body
    assert find_link(letter) == "/account"
    client.send("/logout")
    sign_in(client)
    assert len(read_mails(app)) == 1


def test_who_fails_makes_us_send_no_mail(app: Flask, ada: User) -> None:
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
def test_a_password_is_hashed_anew_when_hashes_have_become_costlier(
    app: Flask, ada: User, row: RowReader
) -> None:
    for hash_begins in ("$2b$05$", "$2b$05$"):
        assert sign_in(new_browser(app)).status_code == 303
        assert row(User, ada.key).password_hash.startswith(hash_begins)


@pytest.mark.usefixtures("higher_hash_cost")
def test_a_wrong_password_is_not_hashed_anew(app: Flask, ada: User, row: RowReader) -> None:
    fail_sign_ins(app, 1)
    assert row(User, ada.key).password_hash == ada.password_hash


def check_credentials(device: Device) -> login.LoginAttempt:
    return login.check_password("ada", PASSWORD, device)


@pytest.mark.usefixtures("higher_hash_cost")
def test_a_password_changed_while_somebody_signs_in_with_the_old_one_stays_and_keeps_them_out(
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


def test_an_account_disabled_while_somebody_signs_in_is_not_entered(app: Flask, ada: User) -> None:
    device = Device(uuid4(), "", "203.0.113.7", None)
    with app.app_context():
        attempt = check_credentials(device)
        update_rows(app, User, disabled_at=func.now())
        with pytest.raises(login.WrongCredentials):
            login.sign_in(attempt, device, remember=True, password=PASSWORD)
    assert not read_login_sessions(app)
    assert not read_mails(app)


def test_an_attempt_reads_the_present_state_of_the_account(app: Flask, ada: User) -> None:
    with app.app_context():
        for disabled in (False, True):
            device = Device(uuid4(), "", "", None)
            attempt = login.prepare_attempt(name_condition("ada"), device)
            assert attempt
            assert bool(attempt.user.disabled_at) is disabled
            update_rows(app, User, disabled_at=func.now())


# --- showing it again before a sensitive step ----------------------------------------------


def test_a_sensitive_step_asks_again_and_comes_back(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    assert client.get("/account/email").status_code == 200
    expire_authentication(app)
    asked = client.get("/account/email")
    assert asked.location == "/login/again?next=/account/email"
    page = client.get(asked.location)
    assert "Is it still you?" in page.text
    answer = client.send(asked.location, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/account/email")
    assert client.get("/account/email").status_code == 200
    assert client.get(asked.location).location == "/account/email", "asked once"


def test_reauthentication_counts_for_its_own_session_only(app: Flask, ada: User) -> None:
    here, there = new_browser(app).sign_in(ada), new_browser(app).sign_in(ada)
    expire_authentication(app)
    here.send("/login/again", password=PASSWORD)
    assert here.get("/account/email").status_code == 200
    assert there.get("/account/email").status_code == 303


def test_a_button_of_a_sensitive_step_does_nothing_when_it_is_asked_again(
    app: Flask, ada: User
) -> None:
    client = new_browser(app).sign_in(ada)
    token = client.token()
    expire_authentication(app)
    answer = client.post(
        "/account/email",
        data={"csrf_token": token, "email": "new@example.org"},
        headers={"Referer": "http://localhost/account/email"},
    )
    assert answer.location == "/login/again?next=/account/email"
    assert not read_mails(app)
    assert not read_audit_events(app)


def test_wrong_passwords_at_reauthentication_are_rate_limited(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    expire_authentication(app)
    for _ in range(ATTEMPTS):
        answer = client.send("/login/again", password="wrong password")
        assert answer.status_code == 422
        assert "That is not your password." in answer.text
    answer = client.send("/login/again", password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/account/email").status_code == 303
    assert is_signed_in(client)


def test_successful_reauthentications_are_not_counted(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    for _ in range(ATTEMPTS + 2):
        expire_authentication(app)
        assert client.send("/login/again", password=PASSWORD).status_code == 303


def test_failed_reauthentications_do_not_prevent_signing_in(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    expire_authentication(app)
    for _ in range(ATTEMPTS + 1):
        client.send("/login/again", password="wrong password")
    assert sign_in(new_browser(app)).status_code == 303


def test_reauthentication_checks_the_present_password(app: Flask, ada: User) -> None:
    with app.app_context():
        reauthentication.check_own_password(ada, PASSWORD)
        with pytest.raises(reauthentication.WrongPassword):
            reauthentication.check_own_password(ada, NEW_PASSWORD)
