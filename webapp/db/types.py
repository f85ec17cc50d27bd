"""Types of the database: the region type, and the localities of tables."""

from collections.abc import Callable, Iterable
from enum import Enum, StrEnum, auto

from sqlalchemy import BindParameter, Dialect, String, Table
from sqlalchemy.sql import ColumnElement, cast
from sqlalchemy.types import UserDefinedType

from webapp.extensions import Base

#: ``Table.info`` of a table whose rows live in the region that their ``region`` names.
REGIONAL_BY_ROW = {"locality": "REGIONAL BY ROW AS region"}
#: In ``Table.info`` of a table with a column ``city``: its rows move when their city moves to
#: another region. The value is what people call the rows. Rows that belong to them follow by
#: ON UPDATE CASCADE.
MOVES_WITH_CITY = "moves_with_city"
#: In ``Table.info`` of a table that MOVES_WITH_CITY and whose rows never change: they are copied to
#: the new region before any row moves, and deleted from the old one after all have moved. So rows
#: find them in their own region, before they move and after.
COPIED_FIRST = "copied_first"
#: In ``Table.info``: what becomes of rows of a region that is dropped; a value of OnRegionDrop.
ON_REGION_DROP = "on_region_drop"


class OnRegionDrop(Enum):
    """What becomes of rows that belong to no city when their region is dropped."""

    MOVE = auto()
    #: Rows whose ``rider_id`` is NULL move: their account was deleted.
    MOVE_WITHOUT_RIDER = auto()
    DELETE = auto()


#: ``Table.info`` of a small table that every region reads locally and few people write.
GLOBAL = {"locality": "GLOBAL"}


class CockroachRegion(UserDefinedType[str]):
    """The enum of the database's regions, which CockroachDB makes by itself.

    Binds are cast: CockroachDB turns text into an enum by itself only inside VALUES.
    """

    cache_ok = True

    def get_col_spec(self, **options: object) -> str:
        return "crdb_internal_region"

    def literal_processor(self, dialect: Dialect) -> Callable[[str], str] | None:
        """Write a region into an offline script."""
        processor: Callable[[str], str] | None = String().literal_processor(dialect)
        return processor

    def bind_expression(self, bindvalue: BindParameter[str]) -> ColumnElement[str]:
        return cast(bindvalue, self)


Region = String(32).with_variant(CockroachRegion(), "cockroachdb")


def table(model: type[Base]) -> Table:
    """Return the table of a model, for statements below the ORM."""
    model_table = model.__table__
    assert isinstance(model_table, Table)  # noqa: S101 - for the type checker
    return model_table


def one_of(column: str, words: Iterable[StrEnum]) -> str:
    """Return the text of a CHECK that ``column`` holds one of ``words``.

    Not a native enum: those are their own schema objects, and each new word their own migration.
    """
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"
