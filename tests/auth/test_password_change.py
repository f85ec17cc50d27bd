"""Changing the password of an account that is signed in, and the fields for passwords."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.auth.email_steps import HOUR, NEW_PASSWORD_FIELDS
from tests.auth.steps import NEW_PASSWORD, age_rows, expire_rate_limits, new_browser, sign_in
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import LoginSession, User


def test_after_a_change_only_the_new_password_signs_in(app: Flask, ada_browser: Visitor) -> None:
    response = ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert response.location == "/account"
    assert (
        "Password changed. You have been signed out on all other devices."
        in ada_browser.get("/account").text
    )
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 422
    assert sign_in(new_browser(app), password=NEW_PASSWORD).status_code == 303
    assert [letter.subject for letter in read_mails(app)][:1] == ["Your password was changed"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"current": "wrong password"}, "current", "Wrong password."),
        ({"current": ""}, "current", "Fill this in."),
        ({"password": "short", "password_again": "short"}, "password", "Use 8 to 128"),
        (
            {"password": "password1!"},
            "password",
            "This password is too common. Choose another one, such as a few random words.",
        ),
        (
            {"password": "ada@example.org"},
            "password",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
        (
            {"password": "Lovelace12"},
            "password",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
        (
            {"password": "abcabcabcabc"},
            "password",
            "This password is too easy to guess. Choose another one, such as a few random words.",
        ),
        ({"password_again": "another one"}, "password_again", "The passwords do not match."),
    ],
)
def test_an_invalid_new_password_shows_its_error_at_the_field_and_changes_nothing(
    app: Flask, ada: User, ada_browser: Visitor, typed: dict[str, str], field: str, words: str
) -> None:
    fields = {"current": PASSWORD, **NEW_PASSWORD_FIELDS, **typed}
    if "password" in typed:
        fields["password_again"] = typed["password"]
    response = ada_browser.send("/account/password", **fields)
    assert response.status_code == 422
    assert words in response.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    for secret in {fields["current"], fields["password"]} - {"", "ada@example.org"}:
        assert secret not in response.text
    assert not read_mails(app)
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 303


@pytest.mark.slow
def test_guesses_of_the_current_password_are_rate_limited(app: Flask, ada_browser: Visitor) -> None:
    for _ in range(10):
        assert (
            ada_browser.send(
                "/account/password", current="wrong", **NEW_PASSWORD_FIELDS
            ).status_code
            == 422
        )
    response = ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert response.status_code == 429
    assert "Too many attempts. Try again in 15 minutes." in response.text
    expire_rate_limits(app)
    assert (
        ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS).status_code
        == 303
    )


def test_a_password_change_requires_recent_authentication(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    sign_in(visitor)
    age_rows(app, LoginSession, "authenticated_at", HOUR)
    response = visitor.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert response.location.startswith("/login/again")
    assert sign_in(new_browser(app)).status_code == 303


STATIC = Path(__file__).parents[2] / "webapp" / "static"


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("/login", ["current-password"]),
        ("/register", ["new-password", "new-password"]),
        ("/account/password", ["current-password", "new-password", "new-password"]),
    ],
)
def test_password_managers_know_what_each_field_is_for(
    visitor: Visitor, make_user: UserFactory, page: str, kinds: list[str]
) -> None:
    if page == "/account/password":
        visitor.sign_in(make_user())
    boxes = re.findall(r'<input[^>]*type="password"[^>]*>', visitor.get(page).text)
    autocomplete_values = [box.split('autocomplete="')[1].split('"')[0] for box in boxes]
    assert sorted(autocomplete_values) == kinds


def test_no_script_prevents_pasting_into_a_field() -> None:
    scripts = [file.read_text() for file in (STATIC / "js").glob("*.js")]
    assert scripts
    listeners = ('"paste"', "'paste'", "onpaste")
    assert not [script for script in scripts if any(each in script for each in listeners)]
