"""Sections of the personal data export: what each module stores about a person.

A section is read in batches, so that an export of any size is never whole in memory. Modules add
their sections to ``Hooks.export_sections``; webapp/riders/personal_data.py shows and exports them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ColumnElement, select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import Base, db

#: Rows that are read with one statement.
BATCH = 500

Row = dict[str, Any]
Conditions = list[ColumnElement[bool]]


def _keep_row(user_key: RowKey, row: Row) -> Row:
    return row


@dataclass(frozen=True)
class ExportSection:
    """The rows of one table that are about a person."""

    #: The key of the section in the JSON file, and the name of its CSV file.
    name: str
    label: LazyString
    model: type[Base]
    #: What the person gets: no secrets, and nothing that gives access to anything.
    columns: tuple[str, ...]
    #: Returns which rows are about an account. Each list of conditions is a query of its own.
    conditions: Callable[[RowKey], list[Conditions]]
    #: A unique order of the rows: the next batch begins after the last row of this one.
    order: tuple[str, ...]
    #: Removes what is about other people from a row.
    redact: Callable[[RowKey, Row], Row] = _keep_row
    #: Columns that ``redact`` reads besides ``columns``.
    redact_columns: tuple[str, ...] = ()

    def rows(self, user_key: RowKey) -> Iterator[Row]:
        """Yield all rows about an account; one statement for each ``BATCH`` of them."""
        for conditions in self.conditions(user_key):
            for row in self._read(conditions):
                redacted = self.redact(user_key, row)
                yield {name: redacted[name] for name in self.columns}

    def _read(self, conditions: Conditions) -> Iterator[Row]:
        columns = table(self.model).c
        names = dict.fromkeys((*self.columns, *self.order, *self.redact_columns))
        order = [columns[name] for name in self.order]
        query = (
            select(*(columns[name] for name in names))
            .where(*conditions)
            .order_by(*order)
            .limit(BATCH)
        )
        rows = db.session.execute(query).mappings().all()
        yield from map(dict, rows)
        while len(rows) == BATCH:
            last = tuple(rows[-1][name] for name in self.order)
            rows = db.session.execute(query.where(tuple_(*order) > last)).mappings().all()
            yield from map(dict, rows)


def rows_with_key(
    model: type[Base], region: str = "region", id: str = "id"
) -> Callable[[RowKey], list[Conditions]]:
    """Return the ``conditions`` of a section whose rows have the account's key in two columns."""
    return lambda user_key: [[key_condition(model, user_key, region, id)]]
