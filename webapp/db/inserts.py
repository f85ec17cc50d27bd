"""INSERT with ON CONFLICT that SQLAlchemy compiles once.

SQLAlchemy 2.0 gives PostgreSQL's ``Insert`` no cache key, so that each execution compiles the
statement and all around it anew: a third of the processor time of a ride's start. The classes here
say what a statement consists of, which is all that a key needs; SQLAlchemy 2.1 does the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from sqlalchemy import Column, ColumnElement, Table, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import _generative
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.visitors import InternalTraversal

_TARGET = [
    ("constraint_target", InternalTraversal.dp_string),
    ("inferred_target_elements", InternalTraversal.dp_multi_list),
    ("inferred_target_whereclause", InternalTraversal.dp_clauseelement),
]


class _DoNothing(OnConflictDoNothing):
    _traverse_internals = _TARGET


class _DoUpdate(OnConflictDoUpdate):
    _traverse_internals = [
        *_TARGET,
        ("update_values_to_set", InternalTraversal.dp_dml_ordered_values),
        ("update_whereclause", InternalTraversal.dp_clauseelement),
    ]


class Insert(postgresql.Insert):  # noqa: TID251
    """PostgreSQL's ``Insert``, with a cache key."""

    inherit_cache = True

    @_generative
    def on_conflict_do_nothing(  # type: ignore[override]  # fewer ways to say it
        self, *, index_elements: Iterable[Column[Any] | str] | None = None
    ) -> Self:
        self._post_values_clause = _DoNothing(None, index_elements)
        return self

    @_generative
    def on_conflict_do_update(  # type: ignore[override]
        self,
        *,
        index_elements: Iterable[Column[Any] | str],
        set_: Mapping[str, Any],
        where: ColumnElement[bool] | None = None,
    ) -> Self:
        # A plain value must be a parameter: text in a compiled statement would be there for ever.
        values = {
            name: value
            if isinstance(value, ClauseElement)
            else literal(value, self.table.c[name].type)
            for name, value in set_.items()
        }
        self._post_values_clause = _DoUpdate(None, index_elements, None, values, where)
        return self


def insert(target: Any) -> Insert:
    """Return ``INSERT INTO target``: a table or a mapped class."""
    return Insert(target)


def upsert(
    target: Table,
    column: str,
    combine: Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[Any]],
) -> Insert:
    """Return the INSERT of rows that may be there already: of one that has their primary key, a
    column becomes what ``combine`` makes of its stored and its new value."""
    statement = insert(target)
    value = combine(target.c[column], statement.excluded[column])
    return statement.on_conflict_do_update(
        index_elements=target.primary_key.columns, set_={column: value}
    )


def insert_rows(session: Session, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute an INSERT with ON CONFLICT for any number of rows, up to a thousand in a statement.

    SQLAlchemy does so only for a statement that returns something. Without, it sends each row in a
    statement, and so in a round trip, of its own (its issue 13130).
    """
    if rows:
        session.execute(statement.returning(literal(1)), rows)


def insert_if(
    condition: ColumnElement[bool],
    target: Table,
    **values: Any,  # Any: of columns
) -> Insert:
    """Return the INSERT of a row that is written only if the condition holds."""
    row = {
        name: value if isinstance(value, ColumnElement) else literal(value, target.c[name].type)
        for name, value in values.items()
    }
    return insert(target).from_select(list(row), select(*row.values()).where(condition))
