"""Cursors: what is written at the end of a page is read at the start of the next."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, Integer, literal, select
from werkzeug.exceptions import NotFound

from webapp.db.paging import make_page, read_number_cursor, read_time_cursor, read_uuid_cursor
from webapp.extensions import db

ID = UUID("0b9c5d2e-1f7a-4c3b-8d6e-2a4f6b8c0d1e")
NOW = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def app_in_context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


Cursor = tuple[Any, UUID]


def cursor_of_row(row: Cursor) -> Cursor:
    return row


@pytest.mark.parametrize(("given", "shown", "more"), [(0, 0, False), (5, 5, False), (6, 5, True)])
def test_an_extra_row_means_that_there_is_a_next_page(
    app_in_context: Flask, given: int, shown: int, more: bool
) -> None:
    page = make_page([(n, uuid4()) for n in range(given)], cursor_of_row)
    assert (len(page.rows), bool(page.after)) == (shown, more)


def test_the_next_page_starts_after_the_last_row_of_the_page(app_in_context: Flask) -> None:
    rows = [(n, uuid4()) for n in range(6)]
    assert read_number_cursor(make_page(rows, cursor_of_row).after) == rows[4]


@given(st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)), st.uuids())
def test_a_time_is_read_as_it_was_written(app: Flask, moment: datetime, id_: UUID) -> None:
    with app.app_context():
        written = make_page([(moment, id_)] * 6, cursor_of_row).after
    assert read_time_cursor(written) == (moment, id_)


@given(st.uuids())
def test_a_uuid_is_read_as_it_was_written(app: Flask, id_: UUID) -> None:
    with app.app_context():
        written = make_page([(id_,)] * 6, lambda row: row).after
    assert read_uuid_cursor(written) == (id_,)


def test_time_cursors_accept_other_time_zones() -> None:
    zone = timezone(timedelta(hours=2))
    assert read_time_cursor(f"{NOW.astimezone(zone).isoformat()}~{ID}") == (NOW, ID)


@pytest.mark.parametrize("text", [None, ""])
def test_no_cursor_is_the_first_page(text: str | None) -> None:
    assert read_time_cursor(text) is None
    assert read_number_cursor(text) is None
    assert read_uuid_cursor(text) is None


@pytest.mark.parametrize("read", [read_time_cursor, read_number_cursor, read_uuid_cursor])
@pytest.mark.parametrize(
    "text",
    [
        "~",
        "x",
        f"~{ID}",
        f"yesterday~{ID}",
        f"nan~{ID}",
        f"1.5~{ID}",
        "1~",
        "1~not-a-uuid",
        "~" * 90,
        "9" * 100,
        f"\0~{ID}",
        f"2026-07-01T12:30:15~{ID}",
    ],
)
def test_an_unreadable_cursor_is_not_found(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(NotFound):
        read(text)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999+00:00",
        "9999-12-31T23:59:59-23:59",
        "2026-07-01T00:00:00+00:00:00.000001",
        "2026-07-01T00:00:00-12:34:56",
    ],
)
def test_the_database_accepts_every_parsed_time_cursor(app_in_context: Flask, moment: str) -> None:
    """What was never written by us is a 404 or an empty page, not an error of the database."""
    try:
        cursor = read_time_cursor(f"{moment}~{ID}")
    except NotFound:
        return
    assert cursor
    literal_time = literal(cursor[0], DateTime(timezone=True))
    assert db.session.scalar(select(literal_time == cursor[0])) is True


@pytest.mark.parametrize("metres", ["0", "-1", "2147483648", "9" * 40])
def test_the_database_accepts_every_parsed_number_cursor(
    app_in_context: Flask, metres: str
) -> None:
    try:
        cursor = read_number_cursor(f"{metres}~{ID}")
    except NotFound:
        return
    assert cursor
    assert db.session.scalar(select(literal(1, Integer) > cursor[0])) in (True, False)
