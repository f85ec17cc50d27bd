"""Secrets at rest are encrypted, and a change of SECRET_KEY does not lose them."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

import config
from tests.production import PRODUCTION_SETTINGS
from webapp import create_app, encryption
from webapp.auth.models import SecondFactor
from webapp.auth.totp import make_secret
from webapp.db.types import table
from webapp.settings.environment import read_overrides

OLD, NEW = "the key of last year, long enough", "the key of this year, long enough"


@pytest.fixture(autouse=True)
def _app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def set_key(app: Flask, monkeypatch: pytest.MonkeyPatch, key: str, *fallbacks: str) -> None:
    monkeypatch.setitem(app.config, "SECRET_KEY", key)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", fallbacks)


def test_a_secret_can_be_decrypted_and_its_ciphertext_does_not_show_it() -> None:
    secret = make_secret()
    encrypted = encryption.encrypt(secret, "ada")
    assert encryption.decrypt_stored(encrypted, "ada") == secret
    assert secret not in encrypted
    assert encrypted != encryption.encrypt(secret, "ada")
    assert len(encrypted) <= table(SecondFactor).c.secret.type.length  # type: ignore[attr-defined]


@pytest.mark.parametrize("changed", ["", "nonsense", "gAAAAA", "é"])
def test_text_that_was_not_encrypted_here_cannot_be_decrypted(changed: str) -> None:
    assert encryption.decrypt_stored(changed, "ada") is None


def test_a_secret_cannot_be_decrypted_in_the_context_of_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    encrypted = encryption.encrypt("secret", "ada")
    with caplog.at_level(logging.ERROR):
        assert encryption.decrypt_stored(encrypted, "eve") is None
    assert "cannot decrypt the secret of eve" in caplog.text
    assert encrypted not in caplog.text


def test_a_fallback_key_decrypts_what_was_encrypted_before_the_key_changed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_key(app, monkeypatch, OLD)
    encrypted = encryption.encrypt("secret", "ada")
    set_key(app, monkeypatch, NEW, OLD)
    assert encryption.decrypt_stored(encrypted, "ada") == "secret"
    encrypted_again = encryption.encrypt("secret", "ada")
    set_key(app, monkeypatch, NEW)
    assert encryption.decrypt_stored(encrypted, "ada") is None
    assert encryption.decrypt_stored(encrypted_again, "ada") == "secret"


def test_fallback_keys_are_a_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "last-years-key, the-one-before")
    assert read_overrides()["SECRET_KEY_FALLBACKS"] == ("last-years-key", "the-one-before")


def test_production_refuses_a_short_fallback_key() -> None:
    strong = {**PRODUCTION_SETTINGS, "SECRET_KEY_FALLBACKS": ("x" * 32,)}
    assert create_app(config.Production, **strong).config["SECRET_KEY_FALLBACKS"] == ("x" * 32,)
    with pytest.raises(config.ConfigurationError, match="SECRET_KEY_FALLBACKS"):
        create_app(
            config.Production,
            **{**PRODUCTION_SETTINGS, "SECRET_KEY_FALLBACKS": ("x" * 32, "short")},
        )
