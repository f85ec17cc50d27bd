"""What a change has changed: the values before and after it, and why.

All events of settings store it in one form, in their details: ``before`` and ``after``, each an
object of values by name or null (there was nothing, there is nothing left), and ``why``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, FromClause, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import String

#: Values by name, or SQL that returns such an object. Any: JSON.
Values = Mapping[str, Any] | ColumnElement[Any] | None

BEFORE, AFTER, WHY = "before", "after", "why"


class RecordedChange(NamedTuple):
    """A change of settings, for its audit event."""

    #: None: it was added.
    before: Values
    #: None: it was removed.
    after: Values
    #: In the words of who did it; may be empty. The deletion of an account removes it from the
    #: events about this account.
    why: str = ""

    def details(self) -> dict[str, Any]:  # Any: JSON, or SQL
        """Return what it adds to the details of an event."""
        return {BEFORE: self.before, AFTER: self.after, **make_reason_details(self.why)}


class ChangedValue(NamedTuple):
    """A value that a change has changed, as it was read. Any: JSON."""

    name: str
    before: Any
    after: Any


def make_reason_details(why: str) -> dict[str, str]:
    """Return what a reason adds to the details of an event, also of one without values."""
    return {WHY: why} if why else {}


def old_values_cte(rows: FromClause, names: Iterable[str], *conditions: ColumnElement[bool]) -> CTE:
    """Return the part of a statement that has a row as it was before the statement."""
    columns = (rows.c[name] for name in names)
    return select(*columns).where(*conditions).cte("old_values")


def select_values(part: CTE, *names: str) -> ColumnElement[Any]:
    """Return the values of the one row of a part as an object, by default of all its columns; NULL
    if it has no row. Any: JSON."""
    return select(values_object(part, *names)).scalar_subquery()


def values_object(part: FromClause, *names: str) -> ColumnElement[Any]:
    """Return the values of a row as an object, by default of all its columns. Any: JSON."""
    return make_object({name: part.c[name] for name in names or part.c.keys()})


def make_object(values: Mapping[str, Any]) -> ColumnElement[Any]:
    """Return an object of JSON of values, some of which are columns."""
    pairs = ((literal(name, String), _make_value(value)) for name, value in values.items())
    return func.jsonb_build_object(*(each for pair in pairs for each in pair))


def _make_value(value: Any) -> Any:
    return literal(value, JSONB) if isinstance(value, Mapping | list) else value


def find_changed_values(details: Mapping[str, Any]) -> list[ChangedValue]:
    """Return the values that differ, from the details of an event."""
    before, after = (details.get(name) or {} for name in (BEFORE, AFTER))
    values = (ChangedValue(name, before.get(name), after.get(name)) for name in {**before, **after})
    return [value for value in values if value.before != value.after]
