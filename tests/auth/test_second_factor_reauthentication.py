"""Reauthentication with a second factor."""

import pytest
from flask import Flask

from tests.auth.second_factor_steps import (
    CODE_PAGE,
    REAUTHENTICATION_PAGE,
    RECOVERY_CODES,
    RENEW_PATH,
    SETTINGS_PAGE,
    START_PATH,
    TURN_OFF_PAGE,
    open_code_page,
    totp_code,
)
from tests.auth.steps import expire_authentication, read_audit_kinds, read_rows, update_rows
from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import RecoveryCode, User

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def stale_browser(app: Flask, visitor: Visitor, ada: User, secret: str) -> Visitor:
    """The browser of Ada, whose last authentication was too long ago."""
    visitor.sign_in(ada, second_factor=True)
    expire_authentication(app)
    return visitor


@pytest.mark.parametrize("path", [SETTINGS_PAGE, TURN_OFF_PAGE])
def test_the_pages_require_reauthentication(stale_browser: Visitor, path: str) -> None:
    assert stale_browser.get(path).location == f"{REAUTHENTICATION_PAGE}?next={path}"


@pytest.mark.parametrize("path", [START_PATH, RENEW_PATH])
def test_the_forms_require_reauthentication(stale_browser: Visitor, path: str) -> None:
    assert stale_browser.send(path).location == REAUTHENTICATION_PAGE


def test_reauthentication_takes_password_and_code(stale_browser: Visitor, secret: str) -> None:
    page = stale_browser.get(REAUTHENTICATION_PAGE).text
    assert "Your password" in page
    assert "Use a recovery code instead" in page
    assert stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD).status_code == 422
    assert stale_browser.send(REAUTHENTICATION_PAGE, code=totp_code(secret)).status_code == 422
    assert (
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000").status_code
        == 422
    )
    # A wrong password has used up no code.
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password="wrong", code=totp_code(secret)
        ).status_code
        == 422
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 303
    response = stale_browser.send(
        f"{REAUTHENTICATION_PAGE}?next={SETTINGS_PAGE}", password=PASSWORD, code=totp_code(secret)
    )
    assert response.location == SETTINGS_PAGE
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200


def test_reauthentication_accepts_a_recovery_code(app: Flask, stale_browser: Visitor) -> None:
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, recovery_code=RECOVERY_CODES[0]
        ).status_code
        == 303
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES) - 1
    assert {AuditKind.REAUTHENTICATED, AuditKind.RECOVERY_CODE_USED} <= set(read_audit_kinds(app))


def test_reauthentication_refuses_a_used_code(
    app: Flask, stale_browser: Visitor, secret: str
) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, code=totp_code(secret)
        ).status_code
        == 422
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 303
    assert AuditKind.REAUTHENTICATED not in read_audit_kinds(app)


@pytest.mark.slow
def test_guesses_at_reauthentication_are_rate_limited(stale_browser: Visitor, secret: str) -> None:
    responses = [
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000")
        for _ in range(11)
    ]
    assert [each.status_code for each in responses] == [422] * 10 + [429]
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, code=totp_code(secret)
        ).status_code
        == 429
    )


def test_an_account_without_a_password_reauthenticates_with_a_code(
    app: Flask, stale_browser: Visitor, ada: User, secret: str
) -> None:
    update_rows(app, User, User.id == ada.id, password_hash="")
    assert "Your password" not in stale_browser.get(REAUTHENTICATION_PAGE).text
    assert (
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000").status_code
        == 422
    )
    assert stale_browser.send(REAUTHENTICATION_PAGE, code=totp_code(secret)).status_code == 303
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200


def test_an_account_without_password_and_second_factor_is_asked_to_set_a_password(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user("oda", password_hash=""))
    expire_authentication(app)
    assert 'href="/forgotten"' in visitor.get(REAUTHENTICATION_PAGE).text
    for typed in ({}, {"password": PASSWORD}, {"code": "123456"}, {"password": "", "code": ""}):
        assert visitor.send(REAUTHENTICATION_PAGE, **typed).status_code in (409, 422)
    assert visitor.get(SETTINGS_PAGE).status_code == 303
