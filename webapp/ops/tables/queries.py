"""Reading the rows of any table, by its primary key."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from flask import abort
from sqlalchemy import Column, Select, Table, literal, select, tuple_

from webapp.db.paging import Page, page_size
from webapp.extensions import db
from webapp.ops.tables.columns import list_columns, shown_columns

#: Characters of the key of a row in an address, at most.
MAX_CURSOR = 500


class RowFilter(NamedTuple):
    """Which rows to show. region: None for a global table. id: None for any."""

    region: str | None
    id: UUID | None


def find_rows(table: Table, row_filter: RowFilter, after: str | None) -> Page[Sequence[Any]]:
    """Return some rows, each the values of ``list_columns``. Any: of any types.

    after: the key of the row before, as in ``Page.after``; an unreadable one is a 404.
    """
    rows = db.session.execute(rows_query(table, row_filter, _read_cursor(table, after))).all()
    size, key = page_size(), table.primary_key
    more = ""
    if len(rows) > size:
        values = [v for v, c in zip(rows[size - 1], key, strict=False) if c.name != "region"]
        more = json.dumps(values, default=str)
    return Page([row[len(key) :] for row in rows[:size]], more)


def rows_query(table: Table, row_filter: RowFilter, after: Sequence[Any]) -> Select[Any]:
    """Return the query of a page and one row more: the key of each, then what is shown.

    after: the values of a key without the region; none for the first page. Any: of any types.
    """
    key = list(table.primary_key)
    query = select(
        *(column.label(f"key_{n}") for n, column in enumerate(key)),
        *shown_columns(list_columns(table)),
    )
    if row_filter.region is not None:
        query = query.where(table.c.region == row_filter.region)
    if row_filter.id is not None:
        query = query.where(table.c.id == row_filter.id)
    if after:
        columns = _list_columns_after_region(table)
        values = [literal(value, c.type) for value, c in zip(after, columns, strict=True)]
        query = query.where(tuple_(*columns) > tuple_(*values))
    return query.order_by(*key).limit(page_size() + 1)


def _list_columns_after_region(table: Table) -> list[Column[Any]]:
    return [column for column in table.primary_key if column.name != "region"]


def _read_cursor(table: Table, text: str | None) -> list[Any]:
    """Return the values of a key from an address, without the region."""
    if not text:
        return []
    columns = _list_columns_after_region(table)
    try:
        values = json.loads(text[:MAX_CURSOR])
        return [_READERS[c.type.python_type](v) for v, c in zip(values, columns, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        abort(404)


def _read_text(value: str) -> str:
    if not value.isprintable():  # the database takes no NUL
        raise ValueError(value)
    return value


def _read_number(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


#: How a value of JSON becomes that of a column. Any: of any types.
_READERS: dict[type, Callable[[Any], Any]] = {
    UUID: UUID,
    int: _read_number,
    str: _read_text,
    datetime: datetime.fromisoformat,
}
