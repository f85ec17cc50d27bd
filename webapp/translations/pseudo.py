"""A made-up language, in which a page shows what would go wrong in another one.

Its texts are the widest translations, or the English ones with accents where these are wider. With
the code of a language that is written from right to left (``ar``), pages are laid out so.
"""

import re
from functools import cache, cached_property

from babel.support import NullTranslations

from webapp.translations.catalogues import list_languages_with_catalogue, load_translations

#: What stays as it is: variables, tags, characters with a name, line breaks.
_FIXED = re.compile(r"(%\(\w+\)[sd]|%%|<[^<>]*>|&\w+;|\n)")
#: Vowels are written twice: words become longer by 40 %.
_LETTERS = str.maketrans(
    {vowel: accented * 2 for vowel, accented in zip("aeiouAEIOU", "àéîòùÀÉÎÒÙ", strict=True)}
)


class PseudoTranslations(NullTranslations):
    """The texts of the made-up language."""

    @cached_property
    def _languages(self) -> list[NullTranslations]:
        return [load_translations(language) for language in list_languages_with_catalogue()]

    def ugettext(self, message: str) -> str:
        return _widen(message, [each.ugettext(message) for each in self._languages])

    def upgettext(self, context: str, message: str) -> str:
        return _widen(message, [each.upgettext(context, message) for each in self._languages])

    def ungettext(self, msgid1: str, msgid2: str, n: int) -> str:
        translations = [each.ungettext(msgid1, msgid2, n) for each in self._languages]
        return _widen(msgid1 if n == 1 else msgid2, translations)

    gettext, ngettext = ugettext, ungettext


@cache
def make_pseudo_translations() -> PseudoTranslations:
    """Return the one object of this process: what is cached for its texts belongs to it."""
    return PseudoTranslations()


def _widen(message: str, translations: list[str]) -> str:
    """Return the text with accents: with the longest word of all translations, which a column must
    hold, and as long as the longest of them, which a button must hold."""
    accented = "".join(
        part if number % 2 else part.translate(_LETTERS)
        for number, part in enumerate(_FIXED.split(message))
    )
    texts = [accented, *(each for each in translations if each)]
    longest = max(texts, key=len)
    if _FIXED.search(message):
        return longest
    text = max(texts, key=lambda each: max(map(len, re.split(r"[\s-]", each))))
    missing = len(longest) - len(text)
    return f"{text} {longest[-missing:].strip()}" if missing > 1 else text
