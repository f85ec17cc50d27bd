"""Count rows and results, for the tests of races."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select

from webapp.extensions import db

#: A race of two is run this often, so that each wins sometimes.
ROUNDS = 8

Result = TypeVar("Result")


def count_rows(model: type, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(model).where(*conditions)
    return db.session.scalar(query) or 0


def of_type(results: Iterable[Any], type_: type[Result]) -> list[Result]:
    """Return the results of exactly this type."""
    return [result for result in results if type(result) is type_]
