"""Enabling and disabling a second factor, and its recovery codes."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pyotp
import pytest
from flask import Flask

from tests.auth.second_factor_steps import (
    CODE_PAGE,
    REAUTHENTICATION_PAGE,
    RECOVERY_CODES,
    RENEW_PATH,
    SETTINGS_PAGE,
    SHOWN_CODE,
    START_PATH,
    TURN_OFF_PAGE,
    confirm_setup,
    enable_second_factor,
    find_secret,
    open_code_page,
    totp_code,
)
from tests.auth.steps import (
    expire_authentication,
    is_signed_in,
    new_browser,
    read_all_rows,
    read_audit_kinds,
    read_login_sessions,
    read_rows,
    sign_in,
)
from tests.job_steps import read_mails
from tests.threads import run_together
from tests.untranslated import BracketTranslations, find_untranslated, use_translations
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import LoginSession, RecoveryCode, SecondFactor, User
from webapp.auth.recovery_codes import digest_recovery_code
from webapp.auth.totp import AuthenticatorSetup

pytestmark = pytest.mark.usefixtures("frozen_clock")


def test_opening_the_page_changes_nothing(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    before = read_all_rows(app)
    assert "Set up" in visitor.get(SETTINGS_PAGE).text
    assert read_all_rows(app) == before


def test_the_page_shows_qr_code_link_and_secret(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada).send(START_PATH)
    page = visitor.get(SETTINGS_PAGE).text
    secret = find_secret(page)
    link = re.search(r'href="(otpauth:[^"]+)"', page)
    assert link
    shown_codes = pyotp.parse_uri(link[1].replace("&amp;", "&"))
    assert (shown_codes.secret, shown_codes.name, shown_codes.issuer) == (secret, "ada", "MovR")
    picture = re.search(r'src="(data:image/svg[^"]+)"', page)
    assert picture
    assert unquote(picture[1].replace("&#39;", "'")) == unquote(
        AuthenticatorSetup(secret, "ada").qr_code
    )
    assert len(secret) == 32
    assert secret not in str(read_rows(app, SecondFactor)[0].secret)
    assert read_audit_kinds(app) == []


def test_the_first_code_enables_the_second_factor(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    other = new_browser(app).sign_in(ada)
    response = confirm_setup(visitor)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    shown_codes = re.findall(f"<code>({SHOWN_CODE})</code>", response.text)
    assert len(set(shown_codes)) == 10
    assert {row.digest for row in read_rows(app, RecoveryCode)} == set(
        map(digest_recovery_code, shown_codes)
    )
    assert read_rows(app, SecondFactor)[0].confirmed_at
    assert is_signed_in(visitor)
    assert not is_signed_in(other)
    assert [
        row.second_factor for row in read_login_sessions(app, LoginSession.ended_at.is_(None))
    ] == [True]
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_ON]
    assert [each.subject for each in read_mails(app, ada.email)] == [
        "Two-factor authentication is on"
    ]
    for path in (SETTINGS_PAGE, "/account"):
        assert not re.search(SHOWN_CODE, visitor.get(path).text)
        assert "otpauth" not in visitor.get(path).text


def test_the_code_that_enabled_the_second_factor_does_not_sign_in(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    secret = find_secret(visitor.get(SETTINGS_PAGE).text)
    visitor.send(SETTINGS_PAGE, code=totp_code(secret))
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 422
    assert client.send(CODE_PAGE, code=totp_code(secret, 1)).status_code == 303


@pytest.mark.slow
@pytest.mark.parametrize(
    "typed", ["", "000000", "12345", "abc", "\u0661\u0662\u0663", RECOVERY_CODES[0]]
)
def test_a_wrong_first_code_does_not_enable_the_second_factor(
    app: Flask, visitor: Visitor, ada: User, typed: str
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    response = visitor.send(SETTINGS_PAGE, code=typed)
    assert response.status_code == 422
    assert 'id="code-error"' in response.text
    assert read_rows(app, SecondFactor)[0].confirmed_at is None
    assert read_rows(app, RecoveryCode) == []
    assert not new_browser(app).get(CODE_PAGE).text.count("Enter your code")
    assert sign_in(new_browser(app)).location == "/"


def test_a_setup_that_was_not_started_cannot_be_confirmed(visitor: Visitor, ada: User) -> None:
    assert visitor.sign_in(ada).send(SETTINGS_PAGE, code="123456").status_code == 422


def test_starting_again_replaces_an_unconfirmed_secret(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada).send(START_PATH)
    first = find_secret(visitor.get(SETTINGS_PAGE).text)
    visitor.send(START_PATH)
    assert find_secret(visitor.get(SETTINGS_PAGE).text) != first
    assert visitor.send(SETTINGS_PAGE, code=totp_code(first)).status_code == 422


def test_starting_does_not_replace_a_confirmed_secret(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    visitor.sign_in(ada, second_factor=True)
    before = read_rows(app, SecondFactor)[0].secret
    assert visitor.send(START_PATH).status_code == 409
    assert visitor.send(SETTINGS_PAGE, code=totp_code(secret)).status_code == 200
    assert read_rows(app, SecondFactor)[0].secret == before
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES)


def test_of_concurrent_first_codes_one_creates_recovery_codes(app: Flask, ada: User) -> None:
    clients = [new_browser(app).sign_in(ada) for _ in range(4)]
    clients[0].send(START_PATH)
    secret, tokens = (
        find_secret(clients[0].get(SETTINGS_PAGE).text),
        [each.token() for each in clients],
    )

    def confirming(client: Visitor, token: str) -> Callable[[], Any]:
        data = {"csrf_token": token, "code": totp_code(secret)}
        return lambda: client.post(SETTINGS_PAGE, data=data)

    responses = run_together(app, *map(confirming, clients, tokens))
    assert [bool(re.search(SHOWN_CODE, each.text)) for each in responses].count(True) == 1
    assert len(read_rows(app, RecoveryCode)) == 10
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_ON]


# --- disabling it, and new recovery codes -------------------------------------------------------------------------


@pytest.fixture
def second_factor_browser(visitor: Visitor, ada: User, secret: str) -> Visitor:
    """The browser of Ada, who has just signed in with her second factor."""
    return visitor.sign_in(ada, second_factor=True)


def test_a_code_disables_the_second_factor(
    app: Flask, second_factor_browser: Visitor, ada: User, secret: str
) -> None:
    assert second_factor_browser.send(TURN_OFF_PAGE, code="000000").status_code == 422
    assert second_factor_browser.send(TURN_OFF_PAGE).status_code == 422
    assert read_rows(app, SecondFactor)
    assert second_factor_browser.send(TURN_OFF_PAGE, code=totp_code(secret)).location == "/account"
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)
    assert [row.second_factor for row in read_login_sessions(app)] == [False]
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_FAILED, AuditKind.SECOND_FACTOR_OFF]
    letter = read_mails(app, ada.email)[-1]
    assert letter.subject == "Two-factor authentication is off"
    assert sign_in(new_browser(app)).location == "/"


def test_a_recovery_code_disables_the_second_factor(
    app: Flask, second_factor_browser: Visitor
) -> None:
    assert (
        second_factor_browser.send(TURN_OFF_PAGE, recovery_code=RECOVERY_CODES[0]).status_code
        == 303
    )
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)


def test_a_missing_second_factor_cannot_be_disabled(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    assert "Two-factor authentication is off." in visitor.get(TURN_OFF_PAGE).text
    assert visitor.send(TURN_OFF_PAGE, code="123456").status_code == 409


def test_new_recovery_codes_replace_the_old_ones(
    app: Flask, second_factor_browser: Visitor, ada: User
) -> None:
    shown_codes = re.findall(
        f"<code>({SHOWN_CODE})</code>", second_factor_browser.send(RENEW_PATH).text
    )
    assert {row.digest for row in read_rows(app, RecoveryCode)} == set(
        map(digest_recovery_code, shown_codes)
    )
    assert len(shown_codes) == 10
    assert read_audit_kinds(app) == [AuditKind.RECOVERY_CODES_MADE]
    assert [each.subject for each in read_mails(app, ada.email)] == ["You have new recovery codes"]
    client = open_code_page(app)
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=shown_codes[0]).status_code == 303


def test_without_a_second_factor_there_are_no_recovery_codes(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    assert visitor.send(RENEW_PATH).status_code == 409
    assert read_rows(app, RecoveryCode) == []


@pytest.mark.usefixtures("secret")
def test_a_session_without_the_second_factor_gets_no_new_recovery_codes(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    before = {row.digest for row in read_rows(app, RecoveryCode)}
    assert visitor.sign_in(ada).send(RENEW_PATH).status_code == 409
    assert {row.digest for row in read_rows(app, RecoveryCode)} == before
    assert visitor.get(SETTINGS_PAGE).location.startswith(f"{REAUTHENTICATION_PAGE}?next=")


def test_the_account_page_shows_the_state_of_the_second_factor(
    app: Flask, visitor: Visitor, ada: User, round_trips: Callable[[], int]
) -> None:
    visitor.sign_in(ada, second_factor=True)
    assert "Set up two-factor authentication" in visitor.get("/account").text
    enable_second_factor(app, ada)
    for path in ("/account", SETTINGS_PAGE, REAUTHENTICATION_PAGE):
        round_trips()
        visitor.get(path)
        assert round_trips() <= 2
    assert "3 recovery codes left" in visitor.get("/account").text
    assert "3 left" in visitor.get(SETTINGS_PAGE).text


def test_the_command_line_resets_a_lost_second_factor(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    visitor.sign_in(ada, second_factor=True)
    run = app.test_cli_runner().invoke
    result = run(args=["reset-second-factor", "ada@example.org"])
    assert "ada is signed out everywhere, and needs no code any more." in result.output
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)
    assert not is_signed_in(visitor)
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_OFF]
    assert read_mails(app, ada.email)[-1].subject == "Two-factor authentication is off"
    second_result = run(args=["reset-second-factor", "ada"])
    assert (second_result.exit_code, second_result.output) == (
        1,
        "Error: Two-factor authentication is off.\n",
    )


# --- texts -------------------------------------------------------------------------------------


def test_all_texts_of_the_second_factor_are_translatable(
    app: Flask, visitor: Visitor, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_translations(monkeypatch, BracketTranslations())
    visitor.sign_in(ada)
    pages = [visitor.get(SETTINGS_PAGE).text, visitor.get(TURN_OFF_PAGE).text]
    visitor.send(START_PATH)
    pages += [
        visitor.get(SETTINGS_PAGE).text,
        visitor.send(SETTINGS_PAGE, code="1").text,
        confirm_setup(visitor).text,
    ]
    pages += [visitor.get(path).text for path in (SETTINGS_PAGE, TURN_OFF_PAGE, "/account")]
    expire_authentication(app)
    pages += [visitor.get(REAUTHENTICATION_PAGE).text, visitor.send(REAUTHENTICATION_PAGE).text]
    client = open_code_page(app)
    pages += [client.get(CODE_PAGE).text, client.send(CODE_PAGE, recovery_code="x" * 16).text]
    bare = [
        word
        for page in pages
        for word in find_untranslated(re.sub(r"(?s)<code.*?</code>", "", page))
    ]
    assert bare == []
