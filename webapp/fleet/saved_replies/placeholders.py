"""The placeholders of saved replies.

A text is searched once for the few names below, and nothing else in braces has a meaning: what
people typed, such as a first name, is never read as a pattern.
"""

import re
from collections.abc import Mapping

#: What a text may contain in braces, and how long each may become: a brand with its type, the label
#: of a city, a first name.
MAX_VALUE_LENGTHS = {"vehicle": 100, "city": 64, "first_name": 60}
PLACEHOLDERS = tuple(MAX_VALUE_LENGTHS)
_IN_BRACES = re.compile(r"(?P<blank> ?)\{(?P<name>[^{}\n]{0,40})\}")


def find_unknown_placeholder(text: str) -> str | None:
    """Return the first name in braces that is no placeholder; None: there is none."""
    names = (match["name"] for match in _IN_BRACES.finditer(text))
    return next((name for name in names if name not in PLACEHOLDERS), None)


def max_filled_length(text: str) -> int:
    """Return how long a text becomes at most, characters."""
    longest = {name: "x" * length for name, length in MAX_VALUE_LENGTHS.items()}
    return len(fill_placeholders(text, longest))


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values in place of the placeholders.

    A value that is missing or empty goes together with the blank before it: ``Hello {first_name},``
    becomes ``Hello,``.
    """

    def fill(match: re.Match[str]) -> str:
        if match["name"] not in PLACEHOLDERS:
            return match[0]
        value = values.get(match["name"], "")
        return match["blank"] + value if value else ""

    return _IN_BRACES.sub(fill, text)
