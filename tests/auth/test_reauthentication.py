"""Sensitive steps ask for the password again when the last authentication is too old."""

import pytest
from flask import Flask

from tests.auth.login_steps import ATTEMPTS
from tests.auth.steps import (
    NEW_PASSWORD,
    expire_authentication,
    is_signed_in,
    new_browser,
    read_audit_events,
    sign_in,
)
from tests.factories import PASSWORD
from tests.job_steps import read_mails
from webapp.auth.models import User
from webapp.auth.services import reauthentication


def test_a_sensitive_step_requires_reauthentication_and_returns_to_its_page(
    app: Flask, ada: User
) -> None:
    client = new_browser(app).sign_in(ada)
    assert client.get("/account/email").status_code == 200
    expire_authentication(app)
    redirect = client.get("/account/email")
    assert redirect.location == "/login/again?next=/account/email"
    page = client.get(redirect.location)
    assert "Confirm it's you" in page.text
    response = client.send(redirect.location, password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/account/email")
    assert client.get("/account/email").status_code == 200
    assert client.get(redirect.location).location == "/account/email", "asked once"


def test_reauthentication_counts_for_its_own_session_only(app: Flask, ada: User) -> None:
    first_browser, second_browser = new_browser(app).sign_in(ada), new_browser(app).sign_in(ada)
    expire_authentication(app)
    first_browser.send("/login/again", password=PASSWORD)
    assert first_browser.get("/account/email").status_code == 200
    assert second_browser.get("/account/email").status_code == 303


def test_a_form_of_a_sensitive_step_changes_nothing_without_recent_authentication(
    app: Flask, ada: User
) -> None:
    client = new_browser(app).sign_in(ada)
    token = client.token()
    expire_authentication(app)
    response = client.post(
        "/account/email",
        data={"csrf_token": token, "email": "new@example.org"},
        headers={"Referer": "http://localhost/account/email"},
    )
    assert response.location == "/login/again?next=/account/email"
    assert not read_mails(app)
    assert not read_audit_events(app)


@pytest.mark.slow
def test_wrong_passwords_at_reauthentication_are_rate_limited(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    expire_authentication(app)
    for _ in range(ATTEMPTS):
        response = client.send("/login/again", password="wrong password")
        assert response.status_code == 422
        assert "Wrong password." in response.text
    response = client.send("/login/again", password=PASSWORD)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/account/email").status_code == 303
    assert is_signed_in(client)


@pytest.mark.slow
def test_successful_reauthentications_are_not_counted(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    for _ in range(ATTEMPTS + 2):
        expire_authentication(app)
        assert client.send("/login/again", password=PASSWORD).status_code == 303


@pytest.mark.slow
def test_failed_reauthentications_do_not_prevent_signing_in(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    expire_authentication(app)
    for _ in range(ATTEMPTS + 1):
        client.send("/login/again", password="wrong password")
    assert sign_in(new_browser(app)).status_code == 303


def test_reauthentication_checks_the_current_password(app: Flask, ada: User) -> None:
    with app.app_context():
        reauthentication.check_own_password(ada, PASSWORD)
        with pytest.raises(reauthentication.WrongPassword):
            reauthentication.check_own_password(ada, NEW_PASSWORD)
