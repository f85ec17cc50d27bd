"""A translation service on this machine."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.machine_translation.services import TranslationServer
from webapp.machine_translation import services

Configure = Callable[..., None]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[TranslationServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    service = TranslationServer()
    threading.Thread(target=service.serve_forever, args=(0.01,)).start()
    yield service
    service.shutdown()
    service.server_close()


@pytest.fixture
def configure(app: Flask, service: TranslationServer, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Let the application use the server, with other settings."""

    def configure(**settings: Any) -> None:
        defaults = {
            "TRANSLATOR": "deepl",
            "TRANSLATOR_URL": service.url,
            "TRANSLATOR_KEY": "secret-key:fx",
            "TRANSLATOR_ALLOW_PRIVATE": True,
            "LANGUAGES": ("en", "de"),
        }
        for name, value in {**defaults, **settings}.items():
            monkeypatch.setitem(app.config, name, value)
        translations = services.TranslationService(services.make_translator(app))
        monkeypatch.setitem(app.extensions, "movr_translations", translations)

    configure()
    return configure
