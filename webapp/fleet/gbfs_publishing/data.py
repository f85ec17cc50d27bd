"""What the data of all files are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from flask import current_app

from webapp.translations import force_locale


class FileData(msgspec.Struct, omit_defaults=True):
    """An object in a file, with the fields of GBFS 3.0. A field that is None is left out."""


class LocalizedText:
    """A text in each language of the feed, by its BCP 47 code."""

    __slots__ = ("by_language",)

    def __init__(self, by_language: dict[str, str]) -> None:
        self.by_language = by_language


@dataclass(frozen=True)
class Document:
    """The data of one file, before a version is written."""

    #: Its name in the version that is written.
    name: str
    data: FileData
    last_updated: datetime
    #: For how long it is the newest, seconds.
    ttl_s: int
    #: Of its texts in 2.3, where a file has one. None: the first one of the feed.
    language: str | None = None


def list_feed_languages() -> list[str]:
    """Return the languages of all feeds, as GBFS writes them: ``en``, ``pt-BR``."""
    return [name.replace("_", "-") for name in current_app.config["LANGUAGES"]]


def translate(make_text: Callable[[], str]) -> LocalizedText:
    """Return a text in all languages. make_text: returns it in the language of the moment."""
    by_language = {}
    for name, locale in zip(list_feed_languages(), current_app.config["LANGUAGES"], strict=True):
        with force_locale(locale):
            by_language[name] = make_text()
    return LocalizedText(by_language)


def name_in_all_languages(name: str, labels: Mapping[str, str]) -> LocalizedText:
    """Return the name of a thing in each language: GBFS wants each text in all of the feed.

    labels: by language, ISO 639-1. name: that of the other languages.
    """
    languages = {each: each.partition("-")[0] for each in list_feed_languages()}
    return LocalizedText({each: labels.get(code) or name for each, code in languages.items()})


def same_in_all_languages(text: str) -> LocalizedText:
    """Return a text that is the same in each language, such as an address."""
    return LocalizedText(dict.fromkeys(list_feed_languages(), text))


#: A JSON value. Any: of several types.
Json = Any
