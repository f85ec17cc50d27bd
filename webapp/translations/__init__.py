"""The texts of a request in its language, each looked up once in a process.

Flask-Babel finds the language, its translations and the text again for each use: a page has a
hundred. Here a request finds its language once, and a text of a template is looked up and marked as
HTML once for all requests.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import flask_babel
from babel import Locale, localedata
from babel.support import NullTranslations
from flask import Flask, current_app, g, has_app_context
from flask_babel import LazyString
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from webapp.translations import catalogues, pseudo
from webapp.translations.collation import sort_key
from webapp.translations.units import METRIC, Units

#: The words of a locale.
Language: TypeAlias = tuple[str, NullTranslations]
#: In what a text differs between requests: part of the key of each text that is cached.
TextVariant: TypeAlias = tuple[Language, Units]

ENGLISH = Locale("en")
#: ISO 639-1: the languages that a text can be in.
LANGUAGE_CODES = tuple(sorted(code for code in localedata.locale_identifiers() if len(code) == 2))


class Texts(NamedTuple):
    """The texts of one language as HTML, by the text in English. The keys are constants of
    templates, so there are as many as there are texts in them."""

    #: With the places of their variables: ``Vehicles in %(city)s``.
    patterns: dict[str, Markup]
    #: Without variables; ``%%`` is ``%`` here.
    constants: dict[str, Markup]


class RequestLanguage(NamedTuple):
    """The language of a request, found once."""

    locale: Locale
    key: Language
    texts: Texts

    @property
    def translations(self) -> NullTranslations:
        return self.key[1]


_texts: WeakKeyDictionary[NullTranslations, Texts] = WeakKeyDictionary()


def init_app(app: Flask) -> None:
    functions = {
        "_": _translate,
        "gettext": _translate,
        "ngettext": _translate_plural,
        "pgettext": _translate_in_context,
    }
    app.jinja_env.globals.update(functions)


def request_language() -> RequestLanguage:
    """Return the language of the request or of the command; English without an application."""
    if not has_app_context():
        return _make_language(ENGLISH, catalogues.load_translations(catalogues.SOURCE_LANGUAGE))
    language: RequestLanguage | None = g.get("movr_language")
    if language is None:
        language = g.movr_language = _find_language()
    return language


def _find_language() -> RequestLanguage:
    locale = flask_babel.get_locale() or ENGLISH
    language = locale.language
    if language not in current_app.config["LANGUAGES"]:  # its translation may not be complete
        language = catalogues.SOURCE_LANGUAGE
    if language == current_app.config["PSEUDO_LANGUAGE"]:
        return _make_language(locale, pseudo.make_pseudo_translations())
    return _make_language(locale, catalogues.load_translations(language))


def _make_language(locale: Locale, translations: NullTranslations) -> RequestLanguage:
    texts = _texts.setdefault(translations, Texts({}, {}))
    return RequestLanguage(locale, (str(locale), translations), texts)


def get_language_code() -> str:
    """Return the language of the request, ISO 639-1: ``de``."""
    return request_language().locale.language


@contextmanager
def force_locale(locale: str, units: Units = METRIC) -> Iterator[None]:
    """Use another language and other units inside of the block."""
    outer, outer_units = g.pop("movr_language", None), g.pop("movr_units", None)
    g.movr_units = units
    try:
        with flask_babel.force_locale(locale):  # noqa: TID251 - the one use
            yield
    finally:
        g.movr_language, g.movr_units = outer, outer_units


def request_units() -> Units:
    """Return the units of the request, found once; kilometres and 24 hours outside of one."""
    if not has_app_context():
        return METRIC
    units: Units | None = g.get("movr_units")
    if units is None:
        units = g.movr_units = current_app.extensions["units_finder"]()
    return units


def current_language() -> Language:
    """Return the language of the request, for the key of what is cached."""
    return request_language().key


def current_text_variant() -> TextVariant:
    """Return the language and the units of the request, for the key of what is cached."""
    return request_language().key, request_units()


def gettext(message: str, **variables: object) -> str:
    """Return a text in the language of the request, with the variables in their places."""
    text: str = request_language().translations.ugettext(message)
    return text % variables if variables else text


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """Return the text for a number of things, which is ``%(num)d`` in it."""
    return find_plural(singular, plural, num) % {"num": num, **variables}


def find_plural(singular: str, plural: str, num: int) -> str:
    """Return the text for a number of things, with the names of its variables still in it."""
    text: str = request_language().translations.ungettext(singular, plural, num)
    return text


def pgettext(meaning: str, message: str) -> str:
    """Return a text that has another meaning elsewhere: ``pgettext("task", "Open")``."""
    text: str = request_language().translations.upgettext(meaning, message)
    return text


def lazy_gettext(message: str, **variables: object) -> LazyString:
    """Return a text that is translated when it is shown: for constants."""
    return LazyString(gettext, message, **variables)


def lazy_pgettext(meaning: str, message: str) -> LazyString:
    """Return a text that has another meaning elsewhere, translated when it is shown."""
    return LazyString(pgettext, meaning, message)


def lowercase_noun(noun: str) -> str:
    """Return a noun as it stands inside of a sentence: German ones keep their capital letter."""
    return noun if get_language_code() == "de" else noun.lower()


def find_label(labels: Mapping[Any, LazyString], stored: object) -> str:
    """Return the label of a value that is stored. One that this release does not know stands for
    itself: a newer release, which runs beside it during an upgrade, may have stored it.

    labels: by the members of an enum. Any: of any type.
    """
    return str(labels.get(stored, stored))


def label_in_language(labels: Mapping[str, str] | None, default: str) -> str:
    """Return the name of a thing in the language of the request, else the one for all languages.

    labels: by language, ISO 639-1. None: the thing was made here, not read from the database.
    """
    return (labels or {}).get(get_language_code()) or default


def language_label(code: str) -> str:
    """Return the name of a language in that of the reader; of an unknown one its code."""
    name = request_language().locale.languages.get(code)
    return f"{name[0].upper()}{name[1:]}" if name else code


def list_language_choices() -> list[tuple[str, str]]:
    """Return the codes and names of all languages, by name in the reader's language."""
    languages = [(code, language_label(code)) for code in LANGUAGE_CODES]
    return sorted(languages, key=lambda language: sort_key(language[1]))


@pass_context
def _translate(context: Context, message: str, **variables: object) -> str:
    """Return a text in the language of the request, with the variables in their places."""
    language = request_language()
    if not context.eval_ctx.autoescape:  # a mail in plain text
        return str(language.translations.ugettext(message)) % variables
    patterns, constants = language.texts
    if not variables and (constant := constants.get(message)) is not None:
        return constant
    pattern = patterns.get(message)
    if pattern is None:
        pattern = patterns[message] = Markup(language.translations.ugettext(message))  # noqa: S704
    text = pattern % variables
    if not variables:
        constants[message] = text
    return text


@pass_context
def _translate_plural(
    context: Context, singular: str, plural: str, num: int, **variables: object
) -> str:
    """Return the text for a number of things, which is ``%(num)d`` in it."""
    text = find_plural(singular, plural, num)
    if context.eval_ctx.autoescape:
        text = Markup(text)  # noqa: S704 - a constant of a template
    return text % {"num": num, **variables}


@pass_context
def _translate_in_context(context: Context, meaning: str, message: str) -> str:
    """Return a text that has another meaning elsewhere, such as a button ``Ride``."""
    text = pgettext(meaning, message)
    return Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 - a constant
