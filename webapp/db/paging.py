"""Lists that are paged by key: the next page begins after the last row, however long the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import abort, current_app

Row = TypeVar("Row")

#: Where a page ended: the values of its last row in the order of the list.
Cursor = tuple[Any, ...]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; ``after`` is the text for the address of the next one, '' on the last."""

    rows: Sequence[Row]
    after: str


def page_size() -> int:
    size: int = current_app.config["PAGE_SIZE"]
    return size


def make_page(
    rows: Sequence[Row], get_cursor: Callable[[Row], Cursor], size: int | None = None
) -> Page[Row]:
    """Make a page of ``rows``, which were read with ``page_size() + 1`` as their limit.

    size: another one than ``page_size()``; the limit was one more than that.
    """
    size = size or page_size()
    if len(rows) <= size:
        return Page(rows, "")
    return Page(rows[:size], format_cursor(get_cursor(rows[size - 1])))


def format_cursor(cursor: Cursor) -> str:
    """Return a cursor as it stands in the address of the next page."""
    return "~".join(v.isoformat() if isinstance(v, datetime) else str(v) for v in cursor)


def read_time_cursor(text: str | None) -> Cursor | None:
    """Read the cursor of a list that is ordered by time; an unreadable one is a 404."""
    return _read_cursor(text, _read_time, UUID)


def read_number_cursor(text: str | None) -> Cursor | None:
    """Read the cursor of a list that is ordered by a whole number; an unreadable one is a 404."""
    return _read_cursor(text, int, UUID)


def read_uuid_cursor(text: str | None) -> Cursor | None:
    """Read the cursor of a list that is ordered by a UUID; an unreadable one is a 404."""
    return _read_cursor(text, UUID)


def read_word_cursor(text: str | None, words: type[StrEnum]) -> Cursor | None:
    """Read the cursor of a list that is ordered by words; an unreadable one is a 404."""
    return _read_cursor(text, words, UUID)


def _read_cursor(text: str | None, *readers: Callable[[str], Any]) -> Cursor | None:
    if not text:
        return None
    try:
        values = text[:80].split("~")
        return tuple(read(value) for read, value in zip(readers, values, strict=True))
    except (ValueError, OverflowError):
        abort(404)


def _read_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)  # the database does not know every offset that Python reads
