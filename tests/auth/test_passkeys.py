"""Passkeys: adding them, signing in with them, and what is refused."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func
from sqlalchemy.engine import URL

from tests.auth.passkey_steps import (
    PASSKEYS_PAGE,
    SIGN_IN_PATH,
    USER_PRESENT,
    Authenticator,
    add_passkey,
    ask_options,
    use_passkey,
)
from tests.auth.second_factor_steps import CODE_PAGE, SHOWN_CODE, TURN_OFF_PAGE, totp_code
from tests.auth.steps import (
    AN_HOUR_AGO,
    count_rows,
    expire_authentication,
    is_signed_in,
    new_browser,
    read_audit_kinds,
    read_login_sessions,
    read_rows,
    sign_in,
    update_rows,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import RecoveryCode, SecondFactor, User
from webapp.auth.passkeys.challenges import COOKIE_KEY
from webapp.auth.passkeys.models import Passkey

REFUSED = "be used here. Try again, or sign in another way."


@pytest.fixture
def authenticator(app: Flask, ada_browser: Visitor) -> Authenticator:
    """The authenticator of a passkey of Ada."""
    return add_passkey(ada_browser)


# --- adding and removing -------------------------------------------------------------------------


def test_the_first_passkey_gives_recovery_codes_and_signs_other_devices_out(
    app: Flask, ada: User, ada_browser: Visitor
) -> None:
    other_browser = new_browser(app).sign_in(ada)
    authenticator = Authenticator(app.config["PUBLIC_URL"])
    options = ada_browser.send(f"{PASSKEYS_PAGE}/options").json
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    page = ada_browser.send(
        PASSKEYS_PAGE, name="My phone", credential=authenticator.create(options)
    ).text
    assert len(re.findall(SHOWN_CODE, page)) == 10
    assert not is_signed_in(other_browser)
    assert is_signed_in(ada_browser)
    assert read_audit_kinds(app)[-1] == "account.passkey_added"
    assert [mail.subject for mail in read_mails(app, ada.email)] == ["A passkey was added"]
    assert "My phone" in ada_browser.get(PASSKEYS_PAGE).text
    assert "1 passkey" in ada_browser.get("/account").text
    assert ada_browser.send(f"{PASSKEYS_PAGE}/options").json["excludeCredentials"]


def test_the_page_requires_recent_authentication(app: Flask, ada: User) -> None:
    browser = new_browser(app).sign_in(ada, authenticated_at=AN_HOUR_AGO)
    for path in (PASSKEYS_PAGE, f"{PASSKEYS_PAGE}/options"):
        assert str(browser.send(path).location).startswith("/login/again")


def test_a_passkey_is_renamed_and_removed_only_by_its_owner(
    app: Flask, ada_browser: Visitor, authenticator: Authenticator, ada: User, make_user: UserFactory,
) -> None:  # fmt: skip
    path = f"{PASSKEYS_PAGE}/{read_rows(app, Passkey)[0].id}"
    eve_browser = new_browser(app).sign_in(make_user("eve"))
    assert eve_browser.send(path, name="Mine").status_code == 404
    assert eve_browser.send(f"{path}/remove").status_code == 404
    assert ada_browser.send(path, name="").status_code == 422
    assert ada_browser.send(path, name="Old phone").status_code == 303
    assert read_rows(app, Passkey)[0].name == "Old phone"
    assert ada_browser.send(f"{path}/remove").status_code == 303
    assert count_rows(app, Passkey) == count_rows(app, RecoveryCode) == 0
    assert not read_login_sessions(app)[0].second_factor
    assert read_audit_kinds(app)[-2:] == ["account.passkey_renamed", "account.passkey_removed"]
    assert read_mails(app, ada.email)[-1].subject == "A passkey was removed"
    assert use_passkey(new_browser(app), authenticator).status_code == 422


def test_a_credential_opens_one_account(
    app: Flask, authenticator: Authenticator, make_user: UserFactory
) -> None:
    browser = new_browser(app).sign_in(make_user("eve"))
    credential = authenticator.create(browser.send(f"{PASSKEYS_PAGE}/options").json)
    response = browser.send(PASSKEYS_PAGE, name="Mine", credential=credential)
    assert response.status_code == 409
    assert "This passkey has been added already." in response.text
    assert count_rows(app, Passkey) == 1


@pytest.mark.parametrize("credential", ["", "{}", "[]", "\x00", '{"id": "a", "rawId": "a"}'])
def test_what_is_no_credential_is_refused(
    app: Flask, ada_browser: Visitor, credential: str
) -> None:
    ada_browser.send(f"{PASSKEYS_PAGE}/options")
    response = ada_browser.send(PASSKEYS_PAGE, name="My phone", credential=credential)
    assert response.status_code == 422
    assert 'value="My phone"' in response.text
    browser = new_browser(app)
    ask_options(browser)
    assert browser.send(SIGN_IN_PATH, credential=credential).status_code == 422


# --- signing in ----------------------------------------------------------------------------------


def test_a_passkey_signs_in_without_a_password(
    app: Flask, ada: User, authenticator: Authenticator
) -> None:
    browser = new_browser(app)
    response = use_passkey(browser, authenticator, f"{SIGN_IN_PATH}?next=/rides")
    assert (response.status_code, response.location) == (303, "/rides")
    assert is_signed_in(browser)
    assert read_login_sessions(app)[-1].second_factor
    assert read_rows(app, Passkey)[0].last_used_at


def test_the_login_page_says_what_a_passkey_needs(visitor: Visitor) -> None:
    page = visitor.get("/login").text
    assert "Passkeys need JavaScript" in page
    assert re.search(r"data-passkey-button hidden>Sign in with a passkey", page)


def test_an_account_with_a_passkey_is_asked_for_it_after_the_password(
    app: Flask, authenticator: Authenticator
) -> None:
    browser = new_browser(app)
    assert sign_in(browser, remember="y").location.startswith(CODE_PAGE)
    assert not is_signed_in(browser)
    page = browser.get(CODE_PAGE).text
    assert "Use a passkey" in page
    assert 'name="code"' not in page
    assert browser.send(CODE_PAGE, recovery_code="").status_code == 422
    assert use_passkey(browser, authenticator).status_code == 303
    assert read_login_sessions(app)[-1].remember


def test_a_recovery_code_stands_in_for_a_lost_passkey(app: Flask, ada_browser: Visitor) -> None:
    authenticator = Authenticator(app.config["PUBLIC_URL"])
    credential = authenticator.create(ada_browser.send(f"{PASSKEYS_PAGE}/options").json)
    page = ada_browser.send(PASSKEYS_PAGE, name="My phone", credential=credential).text
    code = re.findall(SHOWN_CODE, page)[0]
    browser = new_browser(app)
    sign_in(browser)
    assert browser.send(CODE_PAGE, recovery_code=code).status_code == 303
    assert is_signed_in(browser)


Change = Callable[[Authenticator], Authenticator]


@pytest.mark.parametrize(
    "change",
    [
        lambda device: replace(device, origin="https://movr.evil"),
        lambda device: replace(device, origin=device.origin.replace("://", "://www.")),
        lambda device: replace(device, flags=USER_PRESENT),
        lambda device: replace(device, sign_count=0),
        lambda device: replace(device, user_id=bytes(16)),
        lambda device: replace(device, private_key=Authenticator("").private_key),
        lambda device: replace(device, credential_id=bytes(16)),
    ],
    ids=["other site", "other host", "not verified", "counter", "user", "key", "credential"],
)
def test_an_assertion_that_is_not_of_the_passkey_is_refused(
    app: Flask, authenticator: Authenticator, change: Change
) -> None:
    browser = new_browser(app)
    response = use_passkey(browser, change(authenticator))
    assert response.status_code == 422
    assert REFUSED in response.text
    assert not is_signed_in(browser)
    assert "account.sign_in_failed" in read_audit_kinds(app)


def test_a_counter_that_stands_still_is_a_copy(app: Flask, authenticator: Authenticator) -> None:
    copy = replace(authenticator)
    assert use_passkey(new_browser(app), authenticator).status_code == 303
    assert use_passkey(new_browser(app), copy).status_code == 422


def test_an_assertion_is_good_for_one_use_in_one_browser(
    app: Flask, authenticator: Authenticator
) -> None:
    authenticator.sign_count = 0  # as of authenticators that do not count
    first, thief = new_browser(app), new_browser(app)
    update_rows(app, Passkey, sign_count=0)
    credential = authenticator.get(ask_options(first))
    ask_options(thief)
    assert thief.send(SIGN_IN_PATH, credential=credential).status_code == 422
    with first.session_transaction() as session:
        challenge = session[COOKIE_KEY]
    assert first.send(SIGN_IN_PATH, credential=credential).status_code == 303
    with thief.session_transaction() as session:
        session[COOKIE_KEY] = challenge
    response = thief.send(SIGN_IN_PATH, credential=credential)
    assert response.status_code == 422
    assert "That was sent already." in response.text
    assert not is_signed_in(thief)


def test_a_closed_account_is_refused(app: Flask, authenticator: Authenticator) -> None:
    update_rows(app, User, disabled_at=func.now())
    assert use_passkey(new_browser(app), authenticator).status_code == 422


def test_wrong_passkeys_are_throttled(app: Flask, authenticator: Authenticator) -> None:
    wrong = replace(authenticator, private_key=Authenticator("").private_key)
    browser = new_browser(app)
    statuses = [use_passkey(browser, wrong).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


# --- reauthentication, and other second factors --------------------------------------------------


def test_a_passkey_reauthenticates_its_owner_only(
    app: Flask, ada_browser: Visitor, authenticator: Authenticator, make_user: UserFactory
) -> None:
    expire_authentication(app)
    page = ada_browser.get("/login/again?next=/account/passkeys").text
    assert "Use a passkey" in page
    other = add_passkey(new_browser(app).sign_in(make_user("eve")))
    assert use_passkey(ada_browser, other).status_code == 422
    response = use_passkey(ada_browser, authenticator, f"{SIGN_IN_PATH}?next={PASSKEYS_PAGE}")
    assert response.location == PASSKEYS_PAGE
    assert ada_browser.get(PASSKEYS_PAGE).status_code == 200


def test_the_authenticator_app_can_be_turned_off_beside_a_passkey(
    app: Flask, ada: User, secret: str
) -> None:
    browser = new_browser(app).sign_in(ada, second_factor=True)
    add_passkey(browser)
    codes = count_rows(app, RecoveryCode)
    assert browser.send(TURN_OFF_PAGE, code=totp_code(secret)).status_code == 303
    assert count_rows(app, SecondFactor) == 0
    assert count_rows(app, RecoveryCode) == codes
    assert sign_in(new_browser(app)).location.startswith(CODE_PAGE)


@pytest.fixture
def strict_app(app: Flask, database: URL) -> Iterator[Flask]:
    """An application where staff need a second factor."""
    application = make_app(database, SECOND_FACTOR_REQUIRED=True)
    application.test_client_class = Visitor
    yield application
    dispose_engines(application)


def test_a_passkey_is_the_second_factor_of_staff(
    app: Flask, strict_app: Flask, make_user: UserFactory
) -> None:
    farid = make_user("farid", roles=["fleet"])
    authenticator = add_passkey(new_browser(strict_app).sign_in(farid))
    browser = new_browser(strict_app)
    use_passkey(browser, authenticator)
    assert browser.get("/fleet").status_code == 200
    response = browser.send(f"{PASSKEYS_PAGE}/{read_rows(app, Passkey)[0].id}/remove")
    assert response.status_code == 409
    assert count_rows(app, Passkey) == 1
    with_password = new_browser(strict_app).sign_in(farid)
    setup_page = with_password.get("/fleet").location
    page = with_password.get(with_password.get(setup_page).location).text
    assert "Use a passkey" in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    "credential",
    ["[" * 10_000, '{"id": ' * 4_000, '{"id": 1e400, "rawId": {}, "response": 0}', "\U0001f6f4"],
    ids=["lists in lists", "objects in objects", "other types", "no JSON"],
)
def test_what_is_no_credential_is_refused_beside_the_button(
    app: Flask, ada_browser: Visitor, credential: str
) -> None:
    browser = new_browser(app)
    ask_options(browser)
    ada_browser.send(f"{PASSKEYS_PAGE}/options")
    for response in (
        browser.send(SIGN_IN_PATH, credential=credential),
        ada_browser.send(PASSKEYS_PAGE, name="My phone", credential=credential),
    ):
        assert response.status_code == 422
        assert REFUSED in response.text
