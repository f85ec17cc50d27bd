"""Stems of words, so that ``Fahrräder`` is found by ``Fahrrad``. The one module that knows
snowballstemmer."""

import re
from functools import cache, lru_cache

from webapp.translations.collation import fold

#: What Snowball calls the languages that it knows, by their code.
_ALGORITHMS = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
#: Languages in which Snowball leaves the -s of some plurals, such as ``vélos``.
_PLURALS_IN_S = {"fr", "nl"}
#: Shorter stems keep it: ``bus``.
_MIN_PLURAL_LENGTH = 4
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=10_000)
def list_stems(text: str, language: str) -> frozenset[str]:
    """Return the stems of the words of a text, without case and accents.

    language: ISO 639-1. Of one that has no rules here, the words themselves.
    """
    return frozenset(find_stem(word, language) for word in _WORD.findall(text))


@lru_cache(maxsize=50_000)
def find_stem(word: str, language: str) -> str:
    """Return the stem of a word, without case and accents."""
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return fold(word)
    stem = fold(_import_stemmer()(algorithm).stemWord(word.lower()))
    if language in _PLURALS_IN_S and len(stem) >= _MIN_PLURAL_LENGTH:
        return stem.removesuffix("s")
    return stem


@cache
def _import_stemmer():  # type: ignore[no-untyped-def]
    """Return what makes a stemmer. One is made for each word: threads cannot share it."""
    from snowballstemmer import stemmer  # when it is needed: it has 40 modules

    return stemmer
