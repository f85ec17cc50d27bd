"""The texts of templates in the language of the request, each looked up once in a process.

Flask-Babel finds the language, its translations and the text again for each use: a page has a
hundred. Here a request finds its translations once, and a text is looked up and marked as HTML
once for all requests.
"""

from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from babel.support import NullTranslations
from flask import Flask, g
from flask_babel import get_locale, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

#: All that the words of a text depend on: part of the key of each text that is cached.
Language: TypeAlias = tuple[str, NullTranslations]


class Texts(NamedTuple):
    """The texts of one language as HTML, by the text in English. The keys are constants of
    templates, so there are as many as there are texts in them."""

    #: With the places of their variables: ``Vehicles in %(city)s``.
    patterns: dict[str, Markup]
    #: Without variables; ``%%`` is ``%`` here.
    constants: dict[str, Markup]


_texts: WeakKeyDictionary[NullTranslations, Texts] = WeakKeyDictionary()


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update({"_": _translate, "gettext": _translate})


def current_language() -> Language:
    """Return the language of the request."""
    return str(get_locale()), get_translations()


@pass_context
def _translate(context: Context, message: str, **variables: object) -> str:
    """Return a text in the language of the request, with the variables in their places."""
    if not context.eval_ctx.autoescape:  # a mail in plain text
        return str(get_translations().ugettext(message)) % variables
    patterns, constants = _request_texts()
    if not variables and (constant := constants.get(message)) is not None:
        return constant
    pattern = patterns.get(message)
    if pattern is None:
        pattern = patterns[message] = Markup(get_translations().ugettext(message))  # noqa: S704
    text = pattern % variables
    if not variables:
        constants[message] = text
    return text


def _request_texts() -> Texts:
    """Return the texts in the language of the request; in another one inside ``force_locale``."""
    locale = get_locale()
    cached_locale, texts = g.get("movr_texts", (None, None))
    if texts is None or cached_locale is not locale:
        texts = _texts.setdefault(get_translations(), Texts({}, {}))
        g.movr_texts = locale, texts
    result: Texts = texts
    return result
