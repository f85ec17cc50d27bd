"""Columns of rows that belong to the rows of a slice.

Scalar subqueries and not joins: a join may read the whole of the other table for each slice.
"""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, null, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.auth.models import User, joined_account_condition


def lookup_column(
    column: InstrumentedAttribute[str], is_row: ColumnElement[bool]
) -> ColumnElement[str | None]:
    """Return a column of the one row that meets a condition; NULL: there is none."""
    return select(column).where(is_row).scalar_subquery()


def person_columns(
    region: InstrumentedAttribute[Any],
    id_: InstrumentedAttribute[Any],
    *,
    reads_persons: bool,
) -> list[ColumnElement[Any]]:
    """Return username and e-mail address of an account, by its key. NULL: it was deleted, or
    persons are not read. Any: a key may be NULL."""
    if not reads_persons:
        return [cast(null(), String()).label(name) for name in ("username", "email")]
    is_account = joined_account_condition(region, id_)
    return [lookup_column(column, is_account) for column in (User.username, User.email)]
