"""The page with a text of somebody else and its translation."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.machine_translation.offers import find_offered_kind
from webapp.machine_translation.services import (
    TranslationBudgetSpent,
    TranslatorBusy,
    find_translator,
    translate,
)
from webapp.machine_translation.translator import TranslationFailed
from webapp.translatable_texts import TranslatableText
from webapp.translations import get_language_code
from webapp.web.access import signed_in
from webapp.web.rate_limits import TooManyTries

bp = Blueprint("machine_translation", __name__)


@bp.post("/translations/<kind_name>/<text_key>")
@signed_in
def show(kind_name: str, text_key: str) -> ResponseReturnValue:
    """A text that the viewer may read, and below it the translation, or why there is none."""
    translator, kind = find_translator(), find_offered_kind(kind_name)
    if translator is None or kind is None:
        abort(404)
    original = kind.find(current_user, text_key)
    language = get_language_code()
    translation, problem = None, ""
    try:
        translation = _translate(original, language)
    except (TranslatorBusy, TranslationFailed, TranslationBudgetSpent, TooManyTries) as refusal:
        problem = str(refusal.message)
    return render_template(
        "machine_translation/show.html",
        original=original,
        translation=translation,
        problem=problem,
        language=language,
        service_name=translator.name,
    )


def _translate(original: TranslatableText, language: str) -> TranslatableText:
    """Return a text in a language. Raises what ``translate`` does."""
    if not original.title:
        [text] = translate(current_user.key, [original.text], language)
        return original._replace(text=text)
    title, text = translate(current_user.key, [original.title, original.text], language)
    return original._replace(title=title, text=text)
