"""What an export is made of: a table with its columns, and how its rows are read.

A column is defined once. The page of exports, docs/exports.md and all formats are made of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from flask import current_app
from flask_babel import LazyString
from sqlalchemy import ColumnElement

from webapp.db.paging import Cursor
from webapp.errors import DomainError
from webapp.exports.enums import ExportFormat, TableName
from webapp.money import format_plain_amount
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

RowT = TypeVar("RowT")

#: What stands in a cell. Times become local times of the city.
Cell = str | int | float | Decimal | datetime | None


class ExportTookTooLong(DomainError):
    """An export has run for EXPORT_MAX_S."""

    status = 413
    title = _l("This takes too long")
    message = _l("Choose a shorter time, or fewer rows.")


@dataclass(frozen=True)
class ExportColumn(Generic[RowT]):
    """One column of a table."""

    name: str
    #: One sentence, with the unit.
    description: LazyString
    read: Callable[[RowT], Cell]
    #: Who gets the column, besides what the table needs. It is left out for others.
    permission: Permission | None = None


@dataclass(frozen=True)
class ExportFilter:
    """Which rows of a table are exported."""

    city: City
    #: From when on, and until when (not included); None: without a limit. Of tables with a time.
    since: datetime | None = None
    until: datetime | None = None
    #: Conditions on the table, of vehicles also on others.
    conditions: tuple[ColumnElement[bool], ...] = ()
    #: Whether persons are read. Without it their names are not asked for.
    reads_persons: bool = False


class Slice(NamedTuple, Generic[RowT]):
    """The rows that one statement has read."""

    rows: Sequence[RowT]
    #: Where the next one begins. None: there are no more.
    after: Cursor | None


@dataclass(frozen=True)
class ExportTable(Generic[RowT]):
    """A table that staff export."""

    name: TableName
    label: LazyString
    #: Which rows there are, in a sentence.
    description: LazyString
    #: Who may export it, besides EXPORT_DATA.
    permission: Permission
    columns: tuple[ExportColumn[RowT], ...]
    #: Reads some rows after a cursor, with one short statement.
    read_slice: Callable[[ExportFilter, Cursor | None], Slice[RowT]]
    #: Where a row is on the map. None: the table has no positions.
    find_point: Callable[[RowT], Point | None] | None = None
    #: Whether ``since`` and ``until`` say which rows.
    has_time: bool = False
    #: Whether it is of more than one city: only who has the permission in all cities gets it.
    in_all_cities: bool = False

    @property
    def formats(self) -> list[ExportFormat]:
        """The formats in which it can be exported."""
        return [each for each in ExportFormat if self.find_point or each != ExportFormat.GEOJSON]

    def columns_for(self, may: Callable[[Permission], bool]) -> tuple[ExportColumn[RowT], ...]:
        """Return the columns that somebody gets. may: whether they have a permission in the
        city."""
        return tuple(each for each in self.columns if not each.permission or may(each.permission))


@dataclass(frozen=True)
class Export(Generic[RowT]):
    """An export that somebody may have: a table, which rows, and which columns."""

    table: ExportTable[RowT]
    export_filter: ExportFilter
    columns: tuple[ExportColumn[RowT], ...]

    @property
    def city(self) -> City:
        return self.export_filter.city

    def rows(self) -> Iterator[RowT]:
        """Yield all rows; one statement for each slice, so that the export of any size is never
        whole in memory. Who stops to iterate stops the statements.

        Raises ExportTookTooLong.
        """
        ends_at = monotonic() + current_app.config["EXPORT_MAX_S"]
        rows, after = self.table.read_slice(self.export_filter, None)
        yield from rows
        while after is not None:
            if monotonic() > ends_at:
                raise ExportTookTooLong
            rows, after = self.table.read_slice(self.export_filter, after)
            yield from rows

    def cells(self, row: RowT) -> dict[str, Cell]:
        """Return the cells of a row by the names of their columns."""
        return {column.name: self._localise(column.read(row)) for column in self.columns}

    def _localise(self, cell: Cell) -> Cell:
        return cell.astimezone(self.city.zone) if isinstance(cell, datetime) else cell


def major_units(amount: int | None, currency: str | None) -> Decimal | None:
    """Return an amount of minor units in the currency's major unit, for a cell."""
    if amount is None or currency is None:
        return None
    return Decimal(format_plain_amount(amount, currency))


def text_or_none(value: object) -> str | None:
    """Return a value as text, for a cell that may be empty."""
    return None if value is None else str(value)
