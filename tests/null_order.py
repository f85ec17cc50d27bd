"""Finds where a query leaves open whether NULL comes first or last: PostgreSQL sorts it last and
CockroachDB first."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import Over, UnaryExpression
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.sql.schema import Column

NULLS = (operators.nulls_first_op, operators.nulls_last_op)


def find_open_null_order(statement: ClauseElement) -> list[str]:
    """Return the terms of ORDER BY, of the statement and all in it, that may be NULL and do not say
    NULLS FIRST or NULLS LAST."""
    return [
        str(term)
        for part in visitors.iterate(statement)
        for term in _order_terms(part)
        if not _says_where_nulls_are(term) and list(_nullable_columns(term))
    ]


def _order_terms(part: object) -> Iterable[Any]:
    """Return the terms of ORDER BY of a query or a window function; none of anything else."""
    if isinstance(part, Over):
        return getattr(part.order_by, "clauses", ())
    return getattr(part, "_order_by_clauses", ())


def _says_where_nulls_are(term: ColumnElement[object]) -> bool:
    return isinstance(term, UnaryExpression) and term.modifier in NULLS


def _nullable_columns(term: ClauseElement) -> Iterator[Column[object]]:
    """Yield the columns of tables that make the term NULL; coalesce() is taken for never NULL."""
    if isinstance(term, coalesce):
        return
    for root in getattr(term, "base_columns", ()):
        if isinstance(root, Column) and root.nullable:
            yield root
    for child in term.get_children():
        yield from _nullable_columns(child)
