"""Signing in with a second factor: codes, recovery codes and their rate limits."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func
from sqlalchemy.engine import URL

from tests.auth.second_factor_steps import (
    CODE_PAGE,
    RECOVERY_CODES,
    STEP_S,
    enable_second_factor,
    open_code_page,
    totp_code,
)
from tests.auth.steps import (
    age_rows,
    expire_rate_limits,
    find_link,
    is_signed_in,
    new_browser,
    read_audit_events,
    read_audit_kinds,
    read_login_sessions,
    read_rows,
    sign_in,
    update_rows,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.job_steps import read_mails
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.devices import Device
from webapp.auth.models import RecoveryCode, User
from webapp.auth.recovery_codes import digest_recovery_code
from webapp.auth.services import login, second_factor_setup
from webapp.extensions import bcrypt, db
from webapp.web.rate_limits import RateLimitCount

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.mark.usefixtures("secret")
def test_the_password_alone_does_not_sign_in(app: Flask, visitor: Visitor, ada: User) -> None:
    response = sign_in(visitor)
    assert (response.status_code, response.location) == (303, CODE_PAGE)
    assert not is_signed_in(visitor)
    assert read_login_sessions(app) == []
    assert AuditKind.SIGNED_IN not in read_audit_kinds(app)
    with visitor.session_transaction() as session:
        stored = session["pending_login"]
    digest = stored.pop("password_digest")
    assert stored == {
        "user_key": str(ada.key), "remember": False, "started_at": int(time.time()),
        "has_app": True, "has_passkeys": False
    }  # fmt: skip
    assert len(digest) == 16
    assert digest not in ada.password_hash
    assert "Enter your code" in visitor.get(CODE_PAGE).text


def test_a_code_signs_in_and_returns_to_the_requested_page(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    there = visitor.send("/login?next=/rides", username="ada", password=PASSWORD).location
    assert there == f"{CODE_PAGE}?next=/rides"
    response = visitor.send(there, code=totp_code(secret))
    assert (response.status_code, response.location) == (303, "/rides")
    assert is_signed_in(visitor)
    assert [row.second_factor for row in read_login_sessions(app)] == [True]
    with visitor.session_transaction() as session:
        assert "pending_login" not in session
    assert read_audit_events(app, AuditKind.SIGNED_IN)[0].actor == ada.key
    assert [each.subject for each in read_mails(app)] == ["New sign-in to your account"]
    assert visitor.get(CODE_PAGE).location == "/"


def test_wrong_codes_behind_the_right_password_are_reported_to_the_owner_once(
    app: Flask, ada: User, secret: str
) -> None:
    client = open_code_page(app)
    wrong = totp_code(secret, 5)
    subjects = []
    for _ in range(4):
        assert client.send(CODE_PAGE, code=wrong).status_code == 422
        subjects.append([each.subject for each in read_mails(app)])
    reported = ["Someone may know your password"]
    assert subjects == [[], reported, reported, reported]
    mail = read_mails(app)[0]
    assert mail.to == [ada.email]
    assert find_link(mail).endswith("/account/password")
    assert len(read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)) == 4
    age_rows(app, RateLimitCount, "until", timedelta(days=1))
    for _ in range(2):
        open_code_page(app).send(CODE_PAGE, code=wrong)
    assert [each.subject for each in read_mails(app)] == reported * 2


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_after_a_code_never_leaves_the_site(visitor: Visitor, secret: str, there: str) -> None:
    sign_in(visitor)
    assert visitor.send(f"{CODE_PAGE}?next={there}", code=totp_code(secret)).location == "/"


@pytest.mark.parametrize("remember", [True, False])
def test_remember_is_kept_until_the_code(app: Flask, secret: str, remember: bool) -> None:
    client = open_code_page(app, **({"remember": "y"} if remember else {}))
    client.send(CODE_PAGE, code=totp_code(secret))
    assert [row.remember for row in read_login_sessions(app)] == [remember]


@pytest.mark.parametrize(("step", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_codes_of_the_steps_before_and_after_are_accepted(
    app: Flask, secret: str, step: int, status: int
) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret, step)).status_code == status


@pytest.mark.parametrize("write", ["{0} {1}", " {0}{1} ", "{0}-{1}"])
def test_a_code_is_read_as_people_write_it(app: Flask, secret: str, write: str) -> None:
    code = totp_code(secret)
    typed = write.format(code[:3], code[3:])
    assert open_code_page(app).send(CODE_PAGE, code=typed).status_code == 303


def test_each_code_works_once(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    client = open_code_page(app)
    for step in (0, -1):  # what was before it is over, too
        response = client.send(CODE_PAGE, code=totp_code(secret, step))
        assert response.status_code == 422
        assert "has already been used" in response.text
    frozen_clock.shift(STEP_S)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


def send_at_once(app: Flask, number: int, **fields: str) -> list[int]:
    """Send the same from several browsers at the same time; return how they were answered."""
    clients = [open_code_page(app) for _ in range(number)]
    data = [{"csrf_token": client.token(), **fields} for client in clients]

    def sending(client: Visitor, form_data: dict[str, str]) -> Callable[[], Any]:
        return lambda: client.post(CODE_PAGE, data=form_data).status_code

    return run_together(app, *map(sending, clients, data))


@pytest.mark.slow
def test_of_concurrent_sign_ins_with_the_same_code_one_succeeds(app: Flask, secret: str) -> None:
    assert sorted(send_at_once(app, 6, code=totp_code(secret))) == [303] + [422] * 5
    assert len(read_login_sessions(app)) == 1
    assert len(read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)) == 5


@pytest.mark.slow
@pytest.mark.usefixtures("secret")
def test_of_concurrent_sign_ins_with_the_same_recovery_code_one_succeeds(app: Flask) -> None:
    assert sorted(send_at_once(app, 6, recovery_code=RECOVERY_CODES[0])) == [303] + [422] * 5
    assert len(read_login_sessions(app)) == 1
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES) - 1
    assert len(read_audit_events(app, AuditKind.RECOVERY_CODE_USED)) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("field", ["recovery_code", "code"])
def test_a_recovery_code_works_once(app: Flask, ada: User, field: str) -> None:
    client = open_code_page(app)
    assert client.send(CODE_PAGE, **{field: RECOVERY_CODES[0]}).status_code == 303
    assert (
        "You have 2 recovery codes left. Create new ones on your account page."
        in client.get("/").text
    )
    used = read_audit_events(app, AuditKind.RECOVERY_CODE_USED)[0]
    assert (used.subject, used.details) == (f"account {ada.key}", {})
    response = open_code_page(app).send(CODE_PAGE, **{field: RECOVERY_CODES[0]})
    assert response.status_code == 422
    assert 'id="recovery_code-error"' in response.text


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "typed",
    [
        RECOVERY_CODES[2].upper(),
        RECOVERY_CODES[2].replace("-", " "),
        RECOVERY_CODES[2].replace("lo", "10"),
        RECOVERY_CODES[2],
    ],
)
def test_a_recovery_code_is_read_as_people_write_it(app: Flask, typed: str) -> None:
    assert open_code_page(app).send(CODE_PAGE, recovery_code=typed).status_code == 303


def test_codes_of_another_account_are_refused(
    app: Flask, make_user: UserFactory, secret: str
) -> None:
    eve = make_user("eve")
    other_secret = enable_second_factor(app, eve)
    with app.app_context(), db.engines["write"].begin() as connection:
        first_code_of_eve = (RecoveryCode.user_id == eve.id) & (
            RecoveryCode.digest == digest_recovery_code(RECOVERY_CODES[0])
        )
        connection.execute(delete(RecoveryCode).where(~first_code_of_eve))
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(other_secret)).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 422
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


def test_a_wrong_code_is_audited_without_the_code(app: Flask, ada: User, secret: str) -> None:
    response = open_code_page(app).send(CODE_PAGE, code="000000")
    assert response.status_code == 422
    shown_codes = read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)
    assert [(each.subject, each.details) for each in shown_codes] == [(f"account {ada.key}", {})]


@pytest.mark.slow
def test_guesses_are_rate_limited_for_all_processes_before_the_code_is_verified(
    app: Flask, database: URL, secret: str
) -> None:
    other_worker = make_app(database)
    other_worker.test_client_class = Visitor
    clients = [open_code_page(app), open_code_page(other_worker)]
    tokens = [client.token() for client in clients]
    statuses = []
    for turn in range(11):
        data = {"csrf_token": tokens[turn % 2], "code": "000000"}
        statuses.append(clients[turn % 2].post(CODE_PAGE, data=data).status_code)
    assert statuses == [422] * 10 + [429]
    refused = clients[0].send(CODE_PAGE, code=totp_code(secret))
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert len(read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)) == 10
    expire_rate_limits(app)
    assert clients[0].send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    dispose_engines(other_worker)


@pytest.mark.slow
def test_guesses_of_codes_do_not_lock_out_the_owner(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    owner = open_code_page(app)
    owner.send(CODE_PAGE, code=totp_code(secret))
    owner.send("/logout")
    stranger = open_code_page(app)
    assert [stranger.send(CODE_PAGE, code="000000").status_code for _ in range(11)][-1] == 429
    frozen_clock.shift(STEP_S)
    assert sign_in(owner).location == CODE_PAGE
    assert owner.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


@pytest.mark.slow
def test_correct_codes_are_not_counted(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    client = new_browser(app)
    for _ in range(12):
        frozen_clock.shift(STEP_S)
        assert sign_in(client).status_code == 303
        assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303
        client.send("/logout")


def test_a_pending_login_expires_after_ten_minutes(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    client = open_code_page(app)
    frozen_clock.shift(10 * 60 - 1)
    assert client.get(CODE_PAGE).status_code == 200
    frozen_clock.shift(2)
    response = client.send(CODE_PAGE, code=totp_code(secret))
    assert response.location == "/login"
    assert "That took too long." in client.get("/login").text
    assert not is_signed_in(client)


def test_the_code_page_requires_a_verified_password(visitor: Visitor) -> None:
    assert visitor.get(f"{CODE_PAGE}?next=/rides").location == "/login?next=/rides"
    assert visitor.send(CODE_PAGE, code="123456").location == "/login"


@pytest.mark.parametrize("what", ["disabled", "turned off"])
def test_a_pending_login_ends_when_the_account_changes(
    app: Flask, ada: User, secret: str, what: str
) -> None:
    client = open_code_page(app)
    if what == "disabled":
        update_rows(app, User, User.id == ada.id, disabled_at=func.now())
    else:
        with app.app_context():
            second_factor_setup.reset(ada)
    assert client.send(CODE_PAGE, code=totp_code(secret)).location == "/login"
    assert not is_signed_in(client)


def test_a_password_reset_asks_for_the_code_too(app: Flask, visitor: Visitor, secret: str) -> None:
    visitor.send("/forgotten", email="ada@example.org")
    link = find_link(read_mails(app)[-1], "/reset/")
    new = "a bridge over calm water"
    assert visitor.send(link, password=new, password_again=new).location == CODE_PAGE
    assert not is_signed_in(visitor)
    assert "Your new password is set." in visitor.get(CODE_PAGE).text
    assert visitor.send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    assert is_signed_in(visitor)


def test_each_step_of_signing_in_takes_three_round_trips(
    app: Flask, secret: str, round_trips: Callable[[], int], frozen_clock: time_machine.Traveller
) -> None:
    client = new_browser(app)
    token = client.token()

    def cost(path: str, **fields: str) -> int:
        round_trips()
        client.post(path, data={"csrf_token": token, **fields})
        return round_trips()

    assert cost("/login", username="ada", password=PASSWORD) == 3
    assert cost(CODE_PAGE, code="000000") == 3
    assert cost(CODE_PAGE, code=totp_code(secret)) == 3
    assert is_signed_in(client)


@pytest.mark.usefixtures("secret")
def test_the_password_is_rehashed_before_the_code_is_asked_for(
    app: Flask, ada: User, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BCRYPT_LOG_ROUNDS", 5)
    monkeypatch.setattr(bcrypt, "_log_rounds", 5)
    open_code_page(app)
    assert row(User, ada.key).password_hash.startswith("$2b$05$")


def test_without_the_encryption_key_recovery_codes_still_work(
    app: Flask, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key than before")
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 303


def test_enabling_a_second_factor_during_a_sign_in_refuses_the_sign_in(
    app: Flask, ada: User
) -> None:
    """The account was read before it had a second factor; sign-in must be refused."""
    device = Device(uuid4(), "", "127.0.0.1", None)
    with app.test_request_context("/login"):
        attempt = login.check_password("ada", PASSWORD, device)
        enable_second_factor(app, ada)
        with pytest.raises(login.WrongCredentials):
            login.sign_in(attempt, device, remember=False)
    assert not read_login_sessions(app)


def test_a_password_change_before_the_code_is_sent_refuses_the_sign_in(
    app: Flask, ada: User, secret: str
) -> None:
    client = new_browser(app)
    sign_in(client)
    update_rows(app, User, password_hash=bcrypt.generate_password_hash("another one", 4).decode())
    response = client.send(CODE_PAGE, code=pyotp.TOTP(secret).now())
    assert response.location.startswith("/login")
    assert not read_login_sessions(app)
