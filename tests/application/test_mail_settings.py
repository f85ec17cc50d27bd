"""Settings of mail: what cannot work is refused at the start, in one line."""

import pytest

import config
from tests.production import PRODUCTION_SETTINGS
from webapp import create_app
from webapp.settings.environment import read_overrides


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "value"),
    [("MAIL_URL", ""), ("MAIL_FROM", config.Configuration.MAIL_FROM), ("BCRYPT_LOG_ROUNDS", 11)],
)
def test_production_requires_a_mail_url_and_a_sender(setting: str, value: object) -> None:
    create_app(config.Production, **PRODUCTION_SETTINGS)
    with pytest.raises(config.ConfigurationError, match=setting):
        create_app(config.Production, **{**PRODUCTION_SETTINGS, setting: value})


@pytest.mark.parametrize(
    "url",
    ["smtp://mail", "smtps://u:p@mail", "smtp://u:p@mail:587?tls=1", "smtp://[::1]:25", "folder:"],
)
def test_valid_mail_urls_are_accepted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    assert read_overrides()["MAIL_URL"] == url


@pytest.mark.parametrize(
    "url",
    [
        "mail", "http://u:secret@mail", "smtp://", "smtp://u:sec/ret@mail", "smtp://[::1", "memory:",
        "smtp://u:secret@mail", "smtp://u:secret@mail?tls=no", "smtp://u:secret@mail:99999",
    ],
)  # fmt: skip
def test_an_invalid_mail_url_is_reported_without_the_url(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    with pytest.raises(config.ConfigurationError, match="MAIL_URL cannot be read") as refusal:
        read_overrides()
    assert "sec" not in str(refusal.value)


@pytest.mark.parametrize("sender", ["MovR", "hello@", "MovR <hello>", "a@b c@d"])
def test_a_sender_without_an_address_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    monkeypatch.setenv("MAIL_FROM", sender)
    with pytest.raises(config.ConfigurationError, match="MAIL_FROM cannot be read"):
        read_overrides()
