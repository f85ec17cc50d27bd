"""Passwords: how they are hashed and compared, and which are too weak."""

import re

import pytest
from flask import Flask

import config
from webapp.auth.passwords import find_weakness, hash_password, needs_rehash, verify_password
from webapp.extensions import bcrypt

pytestmark = pytest.mark.usefixtures("app_context")
# --- hashing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["a" * 100, "a" * 128, "🛴" * 20, "a\0b and more", "pâté, naïve", "ﷺ" * 18, "a" * 10_000, "\ud800" * 8],
    ids=["100", "128", "emoji", "nul", "accents", "ligatures", "long", "surrogates"],
)  # fmt: skip
def test_a_hash_matches_its_own_password_only(password: str) -> None:
    stored = hash_password(password)
    assert verify_password(password, stored)
    assert not verify_password(password[:-1], stored)
    assert not verify_password(password + "x", stored)


def test_characters_after_72_bytes_count() -> None:
    stored = hash_password("a" * 72)
    assert verify_password("a" * 72, stored)
    assert not verify_password("a" * 72 + "more", stored)
    assert not verify_password("a" * 72, hash_password("a" * 72 + "more"))


@pytest.mark.parametrize(
    ("here", "there"), [("caf\u00e9 society", "cafe\u0301 society"), ("ﬁne words", "fine words"), ("ＭｏｖＲ", "MovR")]
)  # fmt: skip
def test_the_same_letter_in_another_unicode_form_is_the_same_password(
    here: str, there: str
) -> None:
    assert here != there
    assert verify_password(there, hash_password(here))
    assert verify_password(here, hash_password(there))


def test_case_and_spaces_are_part_of_a_password() -> None:
    stored = hash_password(" Four words make one")
    assert not verify_password("four words make one", stored)
    assert not verify_password(" four words make one", stored)


def test_the_hash_is_text_and_salted() -> None:
    first, second = hash_password("the same"), hash_password("the same")
    assert re.fullmatch(r"\$2b\$04\$[./A-Za-z0-9]{53}", first)
    assert first != second


@pytest.mark.parametrize("stored", [None, ""])
@pytest.mark.parametrize("password", ["", "nobody", "." * 53])
def test_no_password_matches_an_account_without_a_password(
    password: str, stored: str | None
) -> None:
    assert verify_password(password, stored) is False


@pytest.mark.parametrize("stored", [None, ""])
def test_verifying_without_a_stored_hash_takes_as_long(
    monkeypatch: pytest.MonkeyPatch, stored: str | None
) -> None:
    costs: list[str] = []
    check_password_hash = bcrypt.check_password_hash

    def count_check(reference: str, password: bytes) -> bool:
        costs.append(reference[:7])
        return bool(check_password_hash(reference, password))

    monkeypatch.setattr(bcrypt, "check_password_hash", count_check)
    verify_password("a password", hash_password("a password"))
    verify_password("a password", stored)
    assert costs == ["$2b$04$", "$2b$04$"]


def test_a_hash_of_lower_cost_needs_a_rehash(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = hash_password("a password")
    assert not needs_rehash(stored)
    monkeypatch.setitem(app.config, "BCRYPT_LOG_ROUNDS", 5)
    assert needs_rehash(stored)
    assert not needs_rehash("")
    monkeypatch.setitem(app.config, "BCRYPT_LOG_ROUNDS", 3)
    assert not needs_rehash(stored)


@pytest.mark.parametrize("environment", config.ENVIRONMENTS.values())
def test_long_passwords_are_hashed_to_their_end_in_every_environment(
    environment: type[config.Configuration],
) -> None:
    assert environment.BCRYPT_HANDLE_LONG_PASSWORDS is True


def test_production_hashes_with_a_cost_of_at_least_12() -> None:
    assert config.Production.BCRYPT_LOG_ROUNDS >= 12


# --- weak passwords ------------------------------------------------------------------------------

PERSONAL = ["Lovelace42", "countess@example.org", "Ada", "King-Noel", "New York", ""]

COMMON = "password password1! PassWord!!! iloveyou letmein1 trustno1 qwertyuiop 1q2w3e4r sunshine2027 monkey12!"
REGULAR = "aaaaaaaa 12345678 87654321 1234567890 abcdefgh abcabcabc 121212121 ABCDEFG1 aaaabbbb 1111222233 xyz!9xyz!9xyz"
CLOSE = "lovelace42 lovelace42! countess@example.org countess99 king-noel kingnoel1 newyork2027 New-York1 movr12345 MovR-rides ada.77.xx"
GOOD = "correcthorsebatterystaple lovelace-was-here-first 7h9!kQz2 kxvqzwpt blau/weiß/grün tiger48210375"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (COMMON, "This password is too common. Choose another one, such as a few random words."),
        (REGULAR, "too easy to guess"),
        (CLOSE, "from your personal details"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(words: str, sentence: str) -> None:
    weaknesses = {password: find_weakness(password, PERSONAL) or "" for password in words.split()}
    assert {p: s for p, s in weaknesses.items() if sentence not in s} == {}


def test_strong_passwords_are_accepted() -> None:
    weaknesses = {
        password: find_weakness(password, PERSONAL) for password in [*GOOD.split(), "a few words"]
    }
    assert set(weaknesses.values()) == {None}, weaknesses


def test_a_password_like_the_name_of_somebody_else_is_accepted() -> None:
    assert find_weakness("lovelace42") is None
    assert find_weakness("movr12345") is not None


def test_a_personal_word_without_letters_refuses_no_password() -> None:
    assert find_weakness("--.--x7.q-", ["-", "", "."]) is None


def test_a_common_password_in_full_width_letters_is_refused() -> None:
    assert find_weakness("ｐａｓｓｗｏｒｄ") is not None


@pytest.mark.parametrize(
    "piece", ["a", "ab1", "1", "!", "é\u0301\u0327", "ﷺ", "\ud800", "pass-word "]
)
def test_very_long_passwords_raise_no_error(piece: str) -> None:
    huge = piece * (10_000 // len(piece))
    find_weakness(huge, [huge, huge[1:], "ada"])
    verify_password(huge, None)
