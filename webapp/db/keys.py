"""A row's key: its region and its id, together enough to find it without asking every region."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, FromClause, Uuid, and_, bindparam, true
from werkzeug.routing import BaseConverter, ValidationError

from webapp.db.types import Region

#: What a region's name may be made of, as it stands in addresses.
REGION_PATTERN = "[A-Za-z0-9_-]{1,32}"
#: What a key looks like there. As exact as ``RowKey.parse``: what a converter refuses after its
#: pattern has matched is answered with 405 where the address has other methods.
KEY_PATTERN = rf"{REGION_PATTERN}\.[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}"


class RowKey(NamedTuple):
    """The primary key of a regional row. Written ``us-east1.0b9c...`` in URLs and cookies."""

    region: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.region}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "RowKey":
        """Read the written form; raises ValueError when it is not one."""
        region, dot, id_ = text.rpartition(".")
        if not (dot and region) or len(region) > 32 or len(id_) != 36:
            raise ValueError(text)
        return cls(region, UUID(id_))


def key_condition(
    source: Any, key: RowKey, region: str = "region", id: str = "id"
) -> ColumnElement[bool]:
    """Return the condition that a row of ``source`` has this key.

    source: a mapped class or an alias of one, a table, a subquery or a CTE.
    region, id: the names of the two columns; a foreign key has other ones, such as
        ``key_condition(Ride, rider_key, "rider_region", "rider_id")``.
    """
    columns = source.c if isinstance(source, FromClause) else source
    return and_(getattr(columns, region) == key.region, getattr(columns, id) == key.id)


def values_condition(rows: FromClause, values: Mapping[str, object]) -> ColumnElement[bool]:
    """Return the condition that columns of a row have these values; None is NULL."""
    equal = (rows.c[name].is_not_distinct_from(value) for name, value in values.items())
    return and_(true(), *equal)


def account_foreign_key(role: str) -> ForeignKeyConstraint:
    """Return the foreign key of columns such as ``assignee_region`` and ``assignee_id``: an account
    of any region. The row stays without it when the account is deleted.

    role: the part of the names that differs, such as ``assignee``.
    """
    columns = [f"{role}_region", f"{role}_id"]
    users = ["users.region", "users.id"]
    return ForeignKeyConstraint(columns, users, ondelete="SET NULL", onupdate="CASCADE")


def parent_foreign_key(parent: str, column: str) -> ForeignKeyConstraint:
    """Return the foreign key to a row of the same region that this one belongs to: it moves to
    another region with it, and is deleted with it.

    parent: the name of its table.
    column: what holds its id.
    """
    parent_key = [f"{parent}.region", f"{parent}.id"]
    return ForeignKeyConstraint(
        ["region", column], parent_key, ondelete="CASCADE", onupdate="CASCADE"
    )


def make_key_parameters(name: str) -> RowKey:
    """Return a key of two parameters, for a statement that is built once and executed with
    ``bind_keys``: ``make_key_parameters("rider")`` is ``:rider_key_region`` and ``:rider_key_id``.

    No column has such a name: parameters named like columns would change an INSERT or UPDATE.
    """
    region = bindparam(f"{name}_key_region", type_=Region)
    return RowKey._make((region, bindparam(f"{name}_key_id", type_=Uuid())))


def bind_keys(**keys: RowKey) -> dict[str, str | UUID]:
    """Return the values of ``make_key_parameters``: ``bind_keys(rider=rider_key)``."""
    values: dict[str, str | UUID] = {}
    for name, key in keys.items():
        values |= {f"{name}_key_region": key.region, f"{name}_key_id": key.id}
    return values


class RowKeyConverter(BaseConverter):
    """``<key:vehicle_key>`` in a route; a path part that is no key is a 404."""

    regex = KEY_PATTERN

    def to_python(self, value: str) -> RowKey:
        try:
            return RowKey.parse(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: RowKey) -> str:
        return str(value)
