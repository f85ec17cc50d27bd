"""Secrets at rest: useless without the application's key, and not lost when it changes."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

import config
from tests.surface.test_config import GOOD
from webapp import create_app
from webapp.auth import encryption
from webapp.auth.models import SecondFactor
from webapp.auth.totp import new_secret
from webapp.db.types import table

OLD, NEW = "the key of last year, long enough", "the key of this year, long enough"


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def take_key(app: Flask, monkeypatch: pytest.MonkeyPatch, key: str, *fallbacks: str) -> None:
    monkeypatch.setitem(app.config, "SECRET_KEY", key)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", fallbacks)


def test_what_was_locked_opens_again_and_cannot_be_read() -> None:
    secret = new_secret()
    locked = encryption.lock(secret, "ada")
    assert encryption.unlock(locked, "ada") == secret
    assert secret not in locked
    assert locked != encryption.lock(secret, "ada")
    assert len(locked) <= table(SecondFactor).c.secret.type.length  # type: ignore[attr-defined]


@pytest.mark.parametrize("changed", ["", "nonsense", "gAAAAA", "é"])
def test_what_nobody_locked_does_not_open(changed: str) -> None:
    assert encryption.unlock(changed, "ada") is None


def test_in_the_place_of_anothers_it_does_not_open(caplog: pytest.LogCaptureFixture) -> None:
    locked = encryption.lock("secret", "ada")
    with caplog.at_level(logging.ERROR):
        assert encryption.unlock(locked, "eve") is None
    assert "no key opens the secret of eve" in caplog.text
    assert locked not in caplog.text


def test_after_a_change_of_keys_the_old_one_still_opens(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_key(app, monkeypatch, OLD)
    locked = encryption.lock("secret", "ada")
    take_key(app, monkeypatch, NEW, OLD)
    assert encryption.unlock(locked, "ada") == "secret"
    locked_anew = encryption.lock("secret", "ada")
    take_key(app, monkeypatch, NEW)
    assert encryption.unlock(locked, "ada") is None
    assert encryption.unlock(locked_anew, "ada") == "secret"


def test_earlier_keys_are_a_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "last-years-key, the-one-before")
    assert config.overrides()["SECRET_KEY_FALLBACKS"] == ("last-years-key", "the-one-before")


def test_a_production_takes_no_weak_key_from_earlier_times() -> None:
    strong = {**GOOD, "SECRET_KEY_FALLBACKS": ("x" * 32,)}
    assert create_app(config.Production, **strong).config["SECRET_KEY_FALLBACKS"] == ("x" * 32,)
    with pytest.raises(config.ConfigurationError, match="SECRET_KEY_FALLBACKS"):
        create_app(config.Production, **{**GOOD, "SECRET_KEY_FALLBACKS": ("x" * 32, "short")})
