"""What msgspec says of a value that does not fit, for people: in the language of the request."""

import re
from collections.abc import Callable

import msgspec

from webapp.translations import gettext as _
from webapp.translations import ngettext

#: Where it says that something is wrong: ``Expected `int` - at `$.limit` ``.
_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
#: A member or an element in it: ``.stops[2]``.
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
#: Its message about a member that is not there, or that nobody knows.
_MEMBER = re.compile(r"Object (missing required|contains unknown) field `(.*)`$", re.DOTALL)

Match = re.Match[str]


def describe_error(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return the place of an error as a JSON pointer (RFC 6901), and what is wrong."""
    text = str(error)
    place = _PLACE.search(text)
    message = _PLACE.sub("", text)
    pointer = _make_pointer(place[1]) if place else ""
    if member := _MEMBER.match(message):
        return f"{pointer}/{member[2]}", _describe_member(is_missing=member[1].startswith("m"))
    return pointer, translate_message(message)


def _make_pointer(path: str) -> str:
    return "".join(f"/{name or number}" for name, number in _STEP.findall(path))


def _describe_member(*, is_missing: bool) -> str:
    return _("This is missing.") if is_missing else _("No member has this name.")


def translate_message(message: str) -> str:
    """Return a message of msgspec in the language of the request; one of our own as it is."""
    for pattern, describe in _DESCRIPTIONS:
        if match := pattern.match(message):
            return describe(match)
    return message


def _describe_length(match: Match) -> str:
    count = int(match[2])
    if match[1] == "<=":
        return ngettext("At most %(num)d is allowed.", "At most %(num)d are allowed.", count)
    return ngettext("At least %(num)d is needed.", "At least %(num)d are needed.", count)


def _describe_limit(match: Match) -> str:
    limit = match[2].removesuffix(".0")
    return {
        ">=": lambda: _("Send a number of at least %(limit)s.", limit=limit),
        "<=": lambda: _("Send a number of at most %(limit)s.", limit=limit),
        ">": lambda: _("Send a number above %(limit)s.", limit=limit),
        "<": lambda: _("Send a number below %(limit)s.", limit=limit),
    }[match[1]]()


_DESCRIPTIONS: list[tuple[re.Pattern[str], Callable[[Match], str]]] = [
    (re.compile(r"Expected `[^`]*` of length (>=|<=) (\d+)$"), _describe_length),
    (re.compile(r"Expected `[^`]*` (>=|<=|>|<) (.+)$"), _describe_limit),
    (
        re.compile("Expected `[^`]*` matching"),
        lambda _match: _("It is not in the expected format."),
    ),
    (
        re.compile("(Invalid RFC3339|Expected `datetime` with)"),
        lambda _match: _("Send a time with its offset, as in RFC 3339: 2026-07-31T17:00:00Z."),
    ),
    (re.compile("Invalid enum value"), lambda _match: _("It is none of the allowed values.")),
    (re.compile("Invalid UUID$"), lambda _match: _("Send a UUID.")),
    (
        re.compile("Expected `(.*?)`, got `(.*)`$"),
        lambda match: _("Send %(expected)s, not %(sent)s.", expected=match[1], sent=match[2]),
    ),
]
