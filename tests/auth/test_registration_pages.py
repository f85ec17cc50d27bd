"""The page that registers an account: its fields, errors and rate limits."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.auth.email_steps import NEW_PASSWORD_FIELDS, REGISTRATION
from tests.auth.steps import expire_rate_limits, new_browser
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db


@pytest.mark.parametrize(
    ("password", "words"),
    [
        (
            "password1!",
            "This password is too common. Choose another one, such as a few random words.",
        ),
        (
            "Marguerite1",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
        (
            "m.perey@example.org",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
        (
            "francium99",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
        (
            "paris2027",
            "This password is easy to guess from your personal details. Choose another one.",
        ),
    ],
)
def test_a_weak_password_shows_its_error_at_the_field_and_other_fields_keep_their_values(
    app: Flask, password: str, words: str
) -> None:
    typed = {**REGISTRATION, "password": password, "password_again": password}
    response = new_browser(app).send("/register", **typed)
    assert response.status_code == 422
    assert words in response.text.split('id="password-error"')[1].split("</p>")[0]
    for name in ("first_name", "last_name", "username", "email"):
        assert f'value="{REGISTRATION[name]}"' in response.text
    assert '<option selected value="paris">' in response.text
    for box in re.findall(r'<input[^>]*type="password"[^>]*>', response.text):
        assert 'value=""' in box
    assert not read_mails(app)


@pytest.mark.slow
def test_the_owner_of_a_taken_address_gets_at_most_five_mails_an_hour(
    app: Flask, ada: User
) -> None:
    for n in range(7):
        typed = {
            **REGISTRATION,
            **NEW_PASSWORD_FIELDS,
            "username": f"francium{n}",
            "email": "ADA@example.org",
        }
        assert new_browser(app).send("/register", **typed).status_code == 422
    mails = read_mails(app)
    assert [letter.to for letter in mails] == [["ada@example.org"]] * 5
    assert mails[0].subject == "You already have an account"
    expire_rate_limits(app)
    new_browser(app).send("/register", **{**typed, "username": "francium8"})
    assert len(read_mails(app)) == 6


@pytest.mark.slow
def test_registrations_are_rate_limited_by_ip_address(app: Flask) -> None:
    def register(n: int, address: str) -> int:
        client = new_browser(app)
        data = {
            **REGISTRATION,
            **NEW_PASSWORD_FIELDS,
            "username": f"francium{n}",
            "email": f"{n}@example.org",
        }
        data["csrf_token"] = client.token()
        overrides = {"REMOTE_ADDR": address}
        status: int = client.post("/register", data=data, environ_overrides=overrides).status_code
        return status

    assert [register(n, "2001:db8::7") for n in range(21)] == [303] * 20 + [429]
    assert register(22, "2001:db8:0:1::7") == 303
    assert len(read_mails(app)) == 21


def test_addresses_that_reach_the_same_mailbox_are_one_address(
    app: Flask, visitor: Visitor
) -> None:
    """Others that reach the same mailbox are the same account."""
    visitor.send("/register", **REGISTRATION, **NEW_PASSWORD_FIELDS)
    other = {**REGISTRATION, "username": "other", "email": "m.perey@ｅxample。org"}
    assert new_browser(app).send("/register", **other, **NEW_PASSWORD_FIELDS).status_code == 422


ADA_REGISTRATION = {
    "city": "paris",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "username": "Ada",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


def count_users(visitor: Visitor) -> int:
    with visitor.application.app_context():
        return db.session.scalar(select(func.count()).select_from(User)) or 0


def test_registering_opens_an_account_in_the_citys_region_and_signs_in(visitor: Visitor) -> None:
    response = visitor.send("/register", **ADA_REGISTRATION)
    assert response.status_code == 303
    assert urlsplit(response.location).path == "/"
    home = visitor.get("/").text
    assert "Welcome to MovR, Ada!" in home
    assert "Paris" in home
    with visitor.application.app_context():
        user = db.session.scalars(select(User)).unique().one()
        assert (user.region, user.city, user.username) == ("europe-west1", "paris", "ada")
        assert user.email == "ada@example.org"


def test_registering_is_prefilled_with_the_city_of_this_server(visitor: Visitor) -> None:
    assert '<option selected value="new york">' in visitor.get("/register").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": ""}, "Fill this in."),
        ({"first_name": "A" * 61}, "Use at most 60 characters."),
        ({"first_name": "A\x00da"}, "This text contains a character that can"),
        ({"username": "ab"}, "Use 3 to 30 characters."),
        ({"username": "ada lovelace"}, "Use only letters, digits, dots, dashes and underscores."),
        ({"email": "ada"}, "Enter a valid e-mail address."),
        ({"email": "ada@" + "x" * 260 + ".org"}, "Use at most 254 characters."),
        ({"password": "short", "password_again": "short"}, "Use 8 to 128 characters."),
        ({"password_again": "another password"}, "The passwords do not match."),
        ({"city": "atlantis"}, "Choose an option from the list."),
        ({"city": ""}, "Choose your city."),
    ],
)
def test_an_invalid_field_shows_its_error_and_other_fields_keep_their_values(
    visitor: Visitor, wrong: dict[str, str], message: str
) -> None:
    response = visitor.send("/register", **{**ADA_REGISTRATION, **wrong})
    assert response.status_code == 422
    assert message in response.text
    name = next(iter(wrong))
    assert f'id="{name}-error"' in response.text
    for field_name in set(ADA_REGISTRATION) - set(wrong) - {"city", "password", "password_again"}:
        assert f'value="{ADA_REGISTRATION[field_name]}"' in response.text
    assert PASSWORD not in response.text
    assert count_users(visitor) == 0


@pytest.mark.parametrize(
    ("field", "taken", "message"),
    [
        ("username", {"username": "ada"}, "This username is taken. Choose another one."),
        (
            "email",
            {"email": "ada@example.org"},
            "There is already an account with this e-mail address. Sign in instead.",
        ),
    ],
)
def test_a_taken_name_shows_its_error_at_the_field(
    visitor: Visitor,
    make_user: UserFactory,
    field: str,
    taken: dict[str, str],
    message: str,
) -> None:
    make_user("somebody", city="seattle", **taken)
    response = visitor.send("/register", **ADA_REGISTRATION)
    assert response.status_code == 422
    assert message in response.text
    assert f'id="{field}-error"' in response.text


def test_registering_instead_of_signing_in_returns_to_the_requested_page(visitor: Visitor) -> None:
    page = visitor.get("/login?next=/rides").text
    assert 'href="/register?next=/rides"' in page
    assert visitor.send("/register?next=/rides", **ADA_REGISTRATION).location == "/rides"


def test_an_error_is_linked_to_its_field_for_screen_readers(visitor: Visitor) -> None:
    page = visitor.send("/register", **{**ADA_REGISTRATION, "username": "ab"}).text
    (box,) = re.findall(r'<input[^>]*name="username"[^>]*>', page)
    assert 'aria-invalid="true"' in box
    assert "username-error" in box.split('aria-describedby="')[1].split('"')[0].split()
