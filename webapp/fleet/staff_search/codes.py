"""Codes of vehicles that are typed with a mistake."""

import unicodedata

from webapp.fleet.unlock_codes.services import CODE_LENGTH, MISREAD_LETTERS
from webapp.fleet.unlock_codes.signatures import LETTERS

#: Fewer letters are the beginning of too many codes.
MIN_PREFIX_LENGTH = 3
#: What follows a letter in the order of codes; ``Y`` follows the last.
_NEXT = dict(zip(LETTERS, LETTERS[1:] + "Y", strict=True))


def read_letters(text: str) -> str:
    """Return the letters of a code in what was typed, with or without region, dashes and blanks;
    '' if it is no part of a code."""
    rest = unicodedata.normalize("NFKC", text.strip().rpartition(".")[2]).upper()
    letters = "".join(char for char in rest if unicodedata.category(char) not in ("Pd", "Zs"))
    letters = letters.translate(MISREAD_LETTERS)
    return letters if letters and set(letters) <= set(LETTERS) else ""


def similar_codes(letters: str) -> list[str]:
    """Return the codes that differ from what was typed by one letter: another one, one too many,
    one too few, or two that are swapped. At most 160, so that each can be looked up."""
    splits = [(letters[:n], letters[n:]) for n in range(len(letters) + 1)]
    if len(letters) == CODE_LENGTH:
        similar = {head + char + tail[1:] for head, tail in splits if tail for char in LETTERS}
        similar |= {head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1}
    elif len(letters) == CODE_LENGTH - 1:
        similar = {head + char + tail for head, tail in splits for char in LETTERS}
    elif len(letters) == CODE_LENGTH + 1:
        similar = {head + tail[1:] for head, tail in splits if tail}
    else:
        similar = set()
    return sorted(similar - {letters})


def prefix_range(letters: str) -> tuple[str, str]:
    """Return the first code that begins with the letters, and a text after the last one."""
    return letters, letters[:-1] + _NEXT[letters[-1]]
