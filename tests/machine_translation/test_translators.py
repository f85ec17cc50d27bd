"""What DeepL and LibreTranslate are asked, and what their answers mean."""

import json

import pytest

import config
from tests.machine_translation.services import TranslationServer
from tests.production import PRODUCTION_SETTINGS
from webapp.machine_translation.deepl import DeepL
from webapp.machine_translation.libretranslate import LibreTranslate
from webapp.machine_translation.translator import (
    TranslationFailed,
    TranslationRefused,
    Translator,
)
from webapp.settings.problems import find_problems
from webapp.settings.readers import read_setting
from webapp.web.fetching import Fetcher


def translate(translator: Translator, language: str = "de") -> list[str]:
    return list(translator.translate(Fetcher(allows_private=True), ["Snow", "No bikes."], language))


def test_deepl_is_asked_with_the_key_in_a_header(service: TranslationServer) -> None:
    assert translate(DeepL(service.url, "key:fx"), "en") == ["SNOW", "NO BIKES."]
    [received_request] = service.received_requests
    assert received_request.path == "/v2/translate"
    assert received_request.headers["Authorization"] == "DeepL-Auth-Key key:fx"
    assert received_request.headers["Content-Type"] == "application/json"
    assert received_request.body == {"text": ["Snow", "No bikes."], "target_lang": "EN-GB"}
    translate(DeepL(service.url, "key:fx"))
    assert service.received_requests[1].body["target_lang"] == "DE"


@pytest.mark.parametrize("key", ["", "its key"])
def test_libretranslate_is_asked_with_the_key_in_the_body(
    service: TranslationServer, key: str
) -> None:
    assert translate(LibreTranslate(service.url, key)) == ["SNOW", "NO BIKES."]
    [received_request] = service.received_requests
    assert received_request.path == "/translate"
    assert received_request.body == {
        "q": ["Snow", "No bikes."],
        "source": "auto",
        "target": "de",
        "format": "text",
        **({"api_key": key} if key else {}),
    }


def test_deepl_is_where_the_plan_of_the_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = []

    class Unreachable(Fetcher):
        def post(self, url: str, *_: object) -> object:  # type: ignore[override]
            urls.append(url)
            raise OSError

    for key in ("free:fx", "pro"):
        with pytest.raises(TranslationFailed):
            DeepL("", key).translate(Unreachable(), ["Snow"], "de")
    assert urls == [
        "https://api-free.deepl.com/v2/translate",
        "https://api.deepl.com/v2/translate",
    ]


@pytest.mark.parametrize("translator", [DeepL, LibreTranslate])
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (456, {"message": "Quota Exceeded"}, TranslationRefused),
        (403, {"error": "Invalid API key"}, TranslationRefused),
        (429, {"error": "Slowdown"}, TranslationFailed),
        (500, {}, TranslationFailed),
        (302, {}, TranslationFailed),
        (200, {"translations": [{"text": "one"}], "translatedText": ["one"]}, TranslationFailed),
        (200, {"translations": "x" * 600_000}, TranslationFailed),
        (200, ["no object"], TranslationFailed),
    ],
    ids=["quota", "key", "too many", "error", "redirect", "one of two", "too large", "other JSON"],
)
def test_anything_but_all_translations_is_a_failure(
    service: TranslationServer,
    translator: type[DeepL | LibreTranslate],
    status: int,
    body: object,
    error: type[TranslationFailed],
) -> None:
    service.status, service.body = status, json.dumps(body).encode()
    with pytest.raises(TranslationFailed) as raised:
        translate(translator(service.url, "key"))
    assert type(raised.value) is error
    assert "key" not in str(raised.value)


def test_the_settings_are_checked() -> None:
    assert read_setting("TRANSLATOR", "deepl") == "deepl"
    assert read_setting("TRANSLATOR_URL", "http://10.0.0.1:5000/") == "http://10.0.0.1:5000"
    with pytest.raises(ValueError, match="deepl, libretranslate"):
        read_setting("TRANSLATOR", "babelfish")
    for url in ("translate.example", "https://user:secret@translate.example", "https://x?key=1"):
        with pytest.raises(ValueError, match=r"https://translate\.example") as error:
            read_setting("TRANSLATOR_URL", url)
        assert "secret" not in str(error.value)
    assert read_setting("TRANSLATOR_KEY", "0c1d-2e3f:fx") == "0c1d-2e3f:fx"
    for key in ("secret\n", "secret key", "secret\u200b", "sécret-secret"):  # of no header
        with pytest.raises(ValueError, match="without spaces") as error:
            read_setting("TRANSLATOR_KEY", key)
        assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"TRANSLATOR": "deepl"}, "TRANSLATOR=deepl needs TRANSLATOR_KEY."),
        ({"TRANSLATOR": "libretranslate"}, "TRANSLATOR=libretranslate needs TRANSLATOR_URL."),
        ({"TRANSLATOR_URL": "http://x"}, "TRANSLATOR_URL must begin with https://."),
        ({"TRANSLATOR_URL": "http://x", "TRANSLATOR_ALLOW_PRIVATE": True}, ""),
    ],
)
def test_production_does_not_start_with_half_of_a_translator(
    settings: dict[str, object], problem: str
) -> None:
    production = config.Production
    values = {name: getattr(production, name) for name in dir(production) if name.isupper()}
    problems = find_problems(production, {**values, **PRODUCTION_SETTINGS, **settings})
    assert problems == ([problem] if problem else [])
