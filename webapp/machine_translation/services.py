"""Translating a text: within the limits of the account and the budget of a day, and not again what
was translated lately.

The service gets the text and the language to translate into, and nothing of who asks.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import BoundedSemaphore
from typing import NamedTuple

import msgspec
from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.db.keys import RowKey
from webapp.db.reads import release_connection
from webapp.errors import DomainError
from webapp.machine_translation.deepl import DeepL
from webapp.machine_translation.libretranslate import LibreTranslate
from webapp.machine_translation.translator import TranslationFailed, Translator
from webapp.translations import lazy_gettext as _l
from webapp.web.rate_limits import (
    Bucket,
    Limit,
    TooManyTries,
    count_attempt,
    make_bucket,
    return_attempt,
)

log = logging.getLogger(__name__)

#: Translations that each process keeps, and for how long, seconds.
MAX_ANSWERS, ANSWER_MAX_AGE_S = 500, 3600
DAY_S = 24 * 3600
#: How many threads of a process may wait for the service: others answer pages meanwhile.
MAX_AT_ONCE = 2
#: One account gets a fifth of the characters of a day: else it could use up those of all.
ACCOUNT_SHARE = 5


class TranslationBudgetSpent(DomainError):
    """The account, or all together, have had as much translated today as the operator pays for."""

    status = 429
    message = _l("No more texts are translated today. Try again tomorrow.")


class TranslatorBusy(DomainError):
    """As many threads as may wait for the service."""

    status = 503
    message = _l("Other texts are being translated just now. Try again in a moment.")


class TranslationRequest(NamedTuple):
    """What is asked, by which its answer is kept: the text is not."""

    digest: bytes
    language: str


class TranslationService:
    """The service of an application, and what this process knows of its answers."""

    def __init__(self, translator: Translator | None) -> None:
        self.translator = translator
        self.cache = TimedCache[TranslationRequest, Sequence[str]](ANSWER_MAX_AGE_S, MAX_ANSWERS)
        self.slots = BoundedSemaphore(MAX_AT_ONCE)
        #: Until when the service is not asked, by ``time.monotonic``.
        self.paused_until = 0.0
        #: Why not. A class: an error that is raised again keeps the traces of all its times.
        self.failure = TranslationFailed


def init_app(app: Flask) -> None:
    app.extensions["movr_translations"] = TranslationService(make_translator(app))


def make_translator(app: Flask) -> Translator | None:
    """Return the service that the settings name; None: there is none."""
    url, key = app.config["TRANSLATOR_URL"], app.config["TRANSLATOR_KEY"]
    match app.config["TRANSLATOR"]:
        case "deepl":
            return DeepL(url, key)
        case "libretranslate":
            return LibreTranslate(url, key)
        case _:
            return None


def find_translator() -> Translator | None:
    """Return the service that translates; None: there is none."""
    return _find_translations().translator


def translate(account_key: RowKey, texts: Sequence[str], language: str) -> Sequence[str]:
    """Return texts in a language (ISO 639-1), in the same order. Objects of ``db.session`` stay
    readable; its connection is given back, because the service may be slow.

    Raises TranslatorBusy, TranslationFailed, TranslationBudgetSpent, and TooManyTries if the
    account asks too often.
    """
    translation_request = TranslationRequest(sha256(msgspec.json.encode(texts)).digest(), language)

    def ask() -> Sequence[str]:
        return _translate_within_limits(account_key, texts, language)

    translations = _find_translations()
    cache = translations.cache
    cache.drop_expired()
    if kept := cache.peek(translation_request):
        return kept
    with _take_slot(translations.slots):
        release_connection()
        return cache.get(translation_request, ask)


@contextmanager
def _take_slot(slots: BoundedSemaphore) -> Iterator[None]:
    """Be one of the threads that may wait for the service. Raises TranslatorBusy at once."""
    if not slots.acquire(blocking=False):
        raise TranslatorBusy
    try:
        yield
    finally:
        slots.release()


def _translate_within_limits(
    account_key: RowKey, texts: Sequence[str], language: str
) -> Sequence[str]:
    translations = _find_translations()
    if time.monotonic() < translations.paused_until:
        raise translations.failure()
    limit = Limit(*current_app.config["LIMIT_TRANSLATIONS"])
    count_attempt([make_bucket("translation", limit, account_key)])
    budgets, characters = _make_budgets(account_key), sum(map(len, texts))
    try:
        count_attempt(budgets, amount=characters)
    except TooManyTries:
        raise TranslationBudgetSpent from None
    try:
        return _request_translation(texts, language)
    except TranslationFailed as failure:
        # Its message may have the address, and so a key.
        log.warning("cannot translate: %s", failure.details)
        translations.failure = type(failure)
        translations.paused_until = time.monotonic() + failure.pause_s
        return_attempt(budgets, characters)
        raise


def _make_budgets(account_key: RowKey) -> list[Bucket]:
    """Return what counts the characters of a day: of all people, and of an account."""
    characters: int = current_app.config["TRANSLATOR_CHARACTERS_PER_DAY"]
    of_all = make_bucket("translation-budget", Limit(characters, DAY_S))
    share = Limit(characters // ACCOUNT_SHARE, DAY_S)
    return [of_all, make_bucket("translation-budget-share", share, account_key)]


def _request_translation(texts: Sequence[str], language: str) -> Sequence[str]:
    from webapp.web.fetching import Fetcher  # imports requests, as post_json does

    translator = find_translator()
    if translator is None:
        raise TranslationFailed
    config = current_app.config
    fetcher = Fetcher(
        allows_private=config["TRANSLATOR_ALLOW_PRIVATE"], deadline_s=config["TRANSLATOR_TIMEOUT_S"]
    )
    return translator.translate(fetcher, texts, language)


def _find_translations() -> TranslationService:
    translations: TranslationService = current_app.extensions["movr_translations"]
    return translations
