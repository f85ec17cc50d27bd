"""The order of names in a list, and texts without regard to case and accents.

For short lists in memory; docs/translation.md says why no library does it.
"""

import unicodedata


def fold(text: str) -> str:
    """Return a text without regard to case and accents: ``weiss`` for ``Weiß``, ``velo``."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def sort_key(name: str) -> tuple[str, str]:
    """Return the key by which names are sorted: ``Écija`` between ``Dublin`` and ``Essen``."""
    return fold(name), name.casefold()
