"""Changing many rows in slices: each is one short statement that few others wait for."""

from sqlalchemy import ColumnElement, Executable, and_, select, tuple_

from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import Base

#: Rows of a table that one statement changes at most.
SLICE = 500


def in_slice_condition(
    model: type[Base], region: str, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Select some rows of a region that meet the conditions; ``SLICE`` at most."""
    rows = table(model)
    key = rows.primary_key.columns
    chosen = select(*key).where(rows.c.region == region, *conditions).limit(SLICE)
    return and_(rows.c.region == region, tuple_(*key).in_(chosen))


def execute_in_slices(statement: Executable) -> None:
    """Execute a statement again and again until it has nothing more to do.

    It has a row for each row of its slice, and finds no row again that it has changed.
    """
    while len(execute_write(statement, idempotent=True)) == SLICE:
        pass
