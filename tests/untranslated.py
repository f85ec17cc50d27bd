"""Finds text on pages and in mails that does not go through gettext.

Shown in a language of brackets, every translated text stands in brackets.
"""

import re
from html.parser import HTMLParser

import pytest
from babel.support import NullTranslations

from webapp.translations import catalogues


class BracketTranslations(NullTranslations):
    """A translation into the language in which every sentence stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def upgettext(self, context: str, message: str) -> str:
        return self.gettext(message)

    ugettext = gettext
    ungettext = ngettext


def use_translations(
    monkeypatch: pytest.MonkeyPatch, translations: NullTranslations, language: str = "en"
) -> None:
    """Let the texts of a language be those of ``translations``, in place of its file."""
    load = catalogues.load_translations

    def load_translations(other: str) -> NullTranslations:
        return translations if other == language else load(other)

    monkeypatch.setattr(catalogues, "load_translations", load_translations)


#: Words that are data and not text.
DATA = (
    "([0-9A-F]{4}-){2}[0-9A-F]{4}|MovR|New York|Boston|Paris|Seattle|English|Okai|black|1 Main Street|Ada|Lovelace|L|AL|ada|example.org|"
    "Somewhere|[0-9a-f]{6}|km|min|m|am|pm|h|s|January|February|March|April|May|June|July|August|September|"
    "October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|OpenStreetMap contributors"
)
#: Names of controls and pictures, and what scripts say.
TEXT_ATTRIBUTES = re.compile(
    r"aria-label|placeholder|alt|data-confirm|data-([a-z]+-)+(message|label|text)"
)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        #: What stands in ``<code>`` is the same in every language: the columns of a file.
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.is_code = tag == "code"
        self.found += [text or "" for name, text in attrs if TEXT_ATTRIBUTES.fullmatch(name)]
        if tag == "input" and values.get("type") == "submit":
            self.found.append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        if self.is_code:
            return
        if self.found and self.found[-1].count("⟦") > self.found[-1].count("⟧"):
            self.found[-1] += data  # after a link inside of a text
        else:
            self.found.append(data)


def find_untranslated(html: str, data: str = DATA) -> list[str]:
    """Return the texts that do not stand in brackets; ``data`` matches words that need none."""
    parser = _Texts()
    parser.feed(html)
    untranslated = []
    for text in parser.found:
        while "⟦" in text:
            outside = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
            assert outside != text, text
            text = outside
        text = re.sub(rf"\b({data})\b", " ", text)
        if re.search(r"[A-Za-z]", text):
            untranslated.append(text.strip())
    return untranslated
