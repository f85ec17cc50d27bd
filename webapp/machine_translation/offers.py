"""Whether a page offers to translate a text."""

from typing import NamedTuple

from flask import current_app
from flask_login import current_user

from webapp.hooks import get_hooks
from webapp.machine_translation.language_detection import detect_language
from webapp.machine_translation.services import find_translator
from webapp.translatable_texts import TranslatableKind
from webapp.translations import get_language_code


class TranslationOffer(NamedTuple):
    """What stands beside the button."""

    service_name: str
    #: Whether few people may read the text, so that the page says who will get it.
    is_private: bool


def find_translation_offer(
    kind_name: str, text: str, language: str = ""
) -> TranslationOffer | None:
    """Return the offer to translate a text for the viewer; None: there is none, because the
    viewer reads its language, or because of the settings.

    language: of the text; '': it is detected.
    """
    kind = find_offered_kind(kind_name)
    translator = find_translator()
    if kind is None or translator is None or not text or not current_user.is_authenticated:
        return None
    if (language or detect_language(text)) == get_language_code():
        return None
    return TranslationOffer(translator.name, kind.is_private)


def find_offered_kind(kind_name: str) -> TranslatableKind | None:
    """Return a kind of texts that the operator lets people translate."""
    kind = get_hooks().translatable_kinds.get(kind_name)
    if kind and kind.is_private and current_app.config["TRANSLATOR_PUBLIC_TEXTS_ONLY"]:
        return None
    return kind
