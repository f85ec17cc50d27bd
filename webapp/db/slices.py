"""Changing many rows in slices: each is one short statement that few others wait for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, delete, select, tuple_, update
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import Base

#: Rows of a table that one statement changes at most.
SLICE = 500


def delete_in_slices(
    model: type[Base], region: str, *conditions: ColumnElement[bool], size: int = SLICE
) -> None:
    """Delete the rows of a region that meet the conditions.

    size: of a slice, rows; smaller for large rows.
    """
    execute_in_slices(delete_slice_statement(model, region, *conditions, size=size), size)


def delete_slice_statement(
    model: type[Base], region: str, *conditions: ColumnElement[bool], size: int = SLICE
) -> ReturningDelete[Any]:  # Any: the columns of a primary key
    """Return the statement that deletes some rows of a region."""
    rows = table(model)
    return (
        delete(rows)
        .where(in_slice_condition(model, region, *conditions, size=size))
        .returning(*rows.primary_key.columns)
    )


def set_null_in_slices(
    model: type[Base], region: str, condition: ColumnElement[bool], *columns: str
) -> None:
    """Set columns to NULL in the rows of a region that meet the condition, which no row with NULL
    meets."""
    update_in_slices(model, region, condition, dict.fromkeys(columns))


def update_in_slices(
    model: type[Base], region: str, condition: ColumnElement[bool], values: Mapping[str, object]
) -> None:
    """Change the rows of a region that meet the condition, so that they meet it no more."""
    rows = table(model)
    statement: ReturningUpdate[Any] = (  # Any: the columns of a primary key
        update(rows)
        .where(in_slice_condition(model, region, condition))
        .values(values)
        .returning(*rows.primary_key.columns)
    )
    execute_in_slices(statement)


def in_slice_condition(
    model: type[Base], region: str, *conditions: ColumnElement[bool], size: int = SLICE
) -> ColumnElement[bool]:
    """Select some rows of a region that meet the conditions; ``size`` at most."""
    rows = table(model)
    key = rows.primary_key.columns
    chosen = select(*key).where(rows.c.region == region, *conditions).limit(size)
    return and_(rows.c.region == region, tuple_(*key).in_(chosen))


def execute_in_slices(statement: Executable, size: int = SLICE) -> int:
    """Execute a statement again and again until it has nothing more to do; return how many rows
    it had.

    It has a row for each row of its slice of ``size``, and finds no row again that it has changed.
    """
    total = number = len(execute_write(statement, idempotent=True))
    while number == size:
        number = len(execute_write(statement, idempotent=True))
        total += number
    return total
