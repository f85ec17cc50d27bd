"""Tracebacks without personal data: where an error was raised, and of which type.

The text of an error may repeat what somebody typed: ``invalid literal for int(): 'Ada'``, or the
values of a row in the DETAIL of a database error. ``describe_error`` hides such parts for our own
log. What leaves the site (Sentry, mail) has no text at all: see ``format_places``.
"""

import re
import traceback
from collections.abc import Iterator

HIDDEN = "***"
#: Text in quotes, e-mail addresses, and long words with a digit: tokens, keys, card numbers.
_VALUES = re.compile(
    r"'[^']*'|\"[^\"]*\"|\S+@\S+|\b(?=[\w-]*\d)[\w-]{12,}\b|\+?\d[\d ()-]{6,}\d",
)
MAX_TEXT_LENGTH = 300
#: Errors that caused one another, at most.
MAX_CHAIN = 5


def describe_error(error: BaseException) -> str:
    """Return the type of an error and its text, with values hidden; one line."""
    original = getattr(error, "orig", None) or error  # what SQLAlchemy wraps
    name = f"{type(original).__module__}.{type(original).__qualname__}".removeprefix("builtins.")
    parts = [name, getattr(original, "pgcode", None), _find_constraint(original)]
    text = next(iter(str(original).strip().splitlines()), "")
    head = " ".join(part for part in parts if part)
    text = _VALUES.sub(HIDDEN, text)[:MAX_TEXT_LENGTH]
    return f"{head}: {text}" if text else head


def _find_constraint(error: object) -> str | None:
    return getattr(getattr(error, "diag", None), "constraint_name", None)


def format_traceback(error: BaseException) -> str:
    """Return the traceback for our own log: places, lines of code, and the hidden text."""
    return "\n".join(_format_lines(error, with_text=True))


def format_places(error: BaseException) -> str:
    """Return the traceback as it may leave the site: places and types, no text of the error."""
    return "\n".join(_format_lines(error, with_text=False))


def _format_lines(error: BaseException, *, with_text: bool) -> Iterator[str]:
    chain = list(list_error_chain(error))
    for link in reversed(chain):
        yield "Traceback (most recent call last):"
        for frame in traceback.extract_tb(link.__traceback__):
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
            if frame.line:
                yield f"    {frame.line}"
        yield describe_error(link) if with_text else type(link).__qualname__


def list_error_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that caused it, the outermost first."""
    link: BaseException | None = error
    for _ in range(MAX_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def find_place(error: BaseException) -> str:
    """Return where an error was raised: the deepest place in our code, ``file:line function``."""
    frames = traceback.extract_tb(error.__traceback__)
    candidates = [frame for frame in frames if "/webapp/" in frame.filename] or list(frames)
    if not candidates:
        return ""
    deepest = candidates[-1]
    return f"{_shorten_path(deepest.filename)}:{deepest.lineno} {deepest.name}"


def find_caller(skipped: tuple[str, ...]) -> str:
    """Return the place in our code that runs now: the deepest outside of the folders ``skipped``,
    ``webapp/fleet/queries/lists.py:88 find_vehicles``; '' if there is none."""
    for frame in reversed(traceback.extract_stack(limit=80)):
        place = _shorten_path(frame.filename)
        if place.startswith("webapp/") and not place.startswith(skipped):
            return f"{place}:{frame.lineno} {frame.name}"
    return ""


def _shorten_path(filename: str) -> str:
    """Return the path below the project."""
    return f"webapp/{filename.rpartition('/webapp/')[2]}" if "/webapp/" in filename else filename
