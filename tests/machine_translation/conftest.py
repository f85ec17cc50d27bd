"""A translation service on this machine, and a comment to translate."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.machine_translation.services import TranslationServer
from tests.machine_translation.steps import WORDS
from tests.notices.steps import insert_comment, insert_notice
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.machine_translation import services
from webapp.notices.comments.models import NoticeComment

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


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def bob(make_user: UserFactory) -> User:
    return make_user("bob")


@pytest.fixture
def browser(visitor: Visitor, ada: User) -> Visitor:
    return visitor.sign_in(ada)


@pytest.fixture
def notice(app: Flask) -> UUID:
    return insert_notice(app)


@pytest.fixture
def comment(app: Flask, bob: User, notice: UUID) -> NoticeComment:
    return insert_comment(app, notice, bob, WORDS)
