"""Checking a name and a password: names in any case, passwords of any characters."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.factories import PASSWORD, find_city
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import User
from webapp.auth.services.login import WrongCredentials, check_password
from webapp.auth.services.registration import Registration, register
from webapp.auth.services.users import find_user
from webapp.extensions import bcrypt

LONG_PASSWORD = ("four words make one, " * 5)[:99]


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def registration() -> Registration:
    return Registration(find_city("paris"), "Ada", "Lovelace", "Ada.L", "Ada@Example.ORG", PASSWORD)


def find_authenticated_user(name: str, password: str) -> User | None:
    """Return the account whose password this is, or None."""
    try:
        return check_password(name, password, Device(uuid4(), "", "127.0.0.1", None)).user
    except WrongCredentials:
        return None


@pytest.mark.parametrize("name", ["ada.l", "ADA.L", "ada@example.org", "Ada@EXAMPLE.org"])
def test_a_user_signs_in_by_username_or_email_in_any_case(
    registration: Registration, name: str
) -> None:
    register(registration)
    user = find_authenticated_user(name, PASSWORD)
    assert user
    assert user.username == "ada.l"


@pytest.mark.parametrize("name", ["", "ada", "ada.l ", "@", "ada@example.com", "%", "ada_l"])
def test_an_unknown_name_signs_nobody_in(registration: Registration, name: str) -> None:
    register(registration)
    assert find_user(name) is None
    assert find_authenticated_user(name, PASSWORD) is None


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), PASSWORD[:-1], PASSWORD + "x", "\0"])
def test_a_wrong_password_signs_nobody_in(registration: Registration, password: str) -> None:
    register(registration)
    assert find_authenticated_user("ada.l", password) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("password", "others"),
    [
        (LONG_PASSWORD + "1", [LONG_PASSWORD + "2", LONG_PASSWORD, LONG_PASSWORD[:72]]),
        ("pässwörd 🛴🛹🚲", ["pässwörd 🛴🛹", "passwörd 🛴🛹🚲"]),
        ("before\0after", ["before", "before\0", "before\0other"]),
        ("\0a\0b\0c\0d\0e", ["", "\0", "\0a\0b\0c\0d"]),
        (" spaces at both ends ", ["spaces at both ends"]),
    ],
    ids=["100 characters", "emoji", "NUL in it", "mostly NUL", "spaces"],
)
def test_every_character_of_a_password_counts(
    registration: Registration, password: str, others: list[str]
) -> None:
    register(replace(registration, password=password))
    assert find_authenticated_user("ada.l", password)
    for other in others:
        assert find_authenticated_user("ada.l", other) is None


@pytest.mark.parametrize("name", ["ada.l", "nobody"])
def test_an_unknown_name_costs_one_hash_like_a_known_one(
    registration: Registration, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Otherwise the response time would show who has an account."""
    register(registration)
    find_authenticated_user(
        "nobody", "x"
    )  # computes the hash that passwords for unknown names are compared with
    hash_costs: list[str] = []
    check_password_hash = bcrypt.check_password_hash

    def count_check(stored: str, password: bytes) -> bool:
        hash_costs.append(stored[:7])
        return bool(check_password_hash(stored, password))

    monkeypatch.setattr(bcrypt, "check_password_hash", count_check)
    assert find_authenticated_user(name, "wrong") is None
    assert hash_costs == ["$2b$04$"]


def test_no_password_matches_a_missing_hash() -> None:
    assert passwords.verify_password("nobody has this password", None) is False
