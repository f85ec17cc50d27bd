"""The words by which the search finds a vehicle, without regard to case and accents.

The database makes them of each row, and Python of the question, by the same table of letters: what
PostgreSQL and CockroachDB have for that (``unaccent``, ``lower`` of a locale) differs.
"""

import unicodedata

#: What stands between two words.
SEPARATORS = ",.;-–—'’/()\""
#: Letters of which Unicode says no base.
_OTHER_BASES = {
    "Ø": "o", "ø": "o", "Đ": "d", "đ": "d", "Ð": "d", "ð": "d", "Ł": "l", "ł": "l",
    "Ħ": "h", "ħ": "h", "Ŧ": "t", "ŧ": "t", "ı": "i", "Æ": "æ", "Œ": "œ", "ẞ": "ß",
}  # fmt: skip
#: They become two letters, after all others.
_PAIRS = {"ß": "ss", "æ": "ae", "œ": "oe"}
#: The accents of letters that are stored as two characters.
_COMBINING = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327"
#: Before the words of an address: visitors search by these alone. No word has it, as it separates.
ADDRESS_MARK = ","


def _find_bases() -> dict[str, str]:
    """Return the letter that each letter with an accent stands for, in lower case."""
    letters = [chr(number) for number in range(0xC0, 0x180)] + list("ȘșȚț")
    bases = {letter: unicodedata.normalize("NFD", letter)[0].lower() for letter in letters}
    return {letter: base for letter, base in bases.items() if base.isascii()} | _OTHER_BASES


_BASES = _find_bases()
_PYTHON_TABLE = str.maketrans(
    dict.fromkeys(_COMBINING)
    | dict.fromkeys(SEPARATORS, " ")
    | {letter: _PAIRS.get(base, base) for letter, base in _BASES.items()}
    | _PAIRS
)


def fold_words(text: str) -> list[str]:
    """Return the words of a question as they are stored, but not yet in lower case: that is left to
    the database, which has its own rules for scripts that are not Latin."""
    return unicodedata.normalize("NFC", text).translate(_PYTHON_TABLE).split()


def mark_address_words(words: list[str]) -> list[str]:
    """Return the words as those of an address are stored."""
    return [ADDRESS_MARK + word for word in words]


def _folded_sql(text: str) -> str:
    """Return the SQL for a text whose words stand between blanks, in lower case, without accents.

    ``translate`` of both databases deletes the characters that have no counterpart.
    """
    letters = "".join(_BASES) + SEPARATORS + _COMBINING
    bases = "".join(_BASES.values()) + " " * len(SEPARATORS)
    sql = f"translate(lower({text}), {_quote(letters)}, {_quote(bases)})"
    for letter, pair in _PAIRS.items():
        sql = f"replace({sql}, '{letter}', '{pair}')"
    return sql


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_ADDRESS = _folded_sql("coalesce(address, '')")
#: The words of a vehicle in SQL: of brand, colour and address, and once more those of the address
#: with a mark.
SEARCH_WORDS = (
    "string_to_array("
    + _folded_sql("brand || ' ' || color || ' ' || coalesce(address, '')")
    + f" || replace(' ' || {_ADDRESS}, ' ', ' {ADDRESS_MARK}'), ' ')"
)
