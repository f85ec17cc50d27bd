"""Exports as spreadsheets (XLSX).

Rows go into temporary files, one at a time: XLSX is a ZIP archive whose parts are complete only at
the end, so it cannot be sent while it is made.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from flask import current_app

from webapp.errors import DomainError
from webapp.exports.columns import Cell, Export
from webapp.translations import gettext as _
from webapp.web.responses import CHUNK
from webapp.xlsx import make_sheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

RowT = TypeVar("RowT")

TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
#: Characters of a cell at most, by the format.
MAX_TEXT = 32_767


class TooManyRows(DomainError):
    """A spreadsheet would have more than EXPORT_XLSX_MAX_ROWS rows."""

    status = 413

    def __init__(self, max_rows: int) -> None:
        super().__init__()
        self.title = _("Too many rows for a spreadsheet")
        self.message = _(
            "A spreadsheet has at most %(max)d rows. Choose CSV, or a shorter time.", max=max_rows
        )


def as_xlsx(export: Export[RowT]) -> Iterator[bytes]:
    """Yield the parts of a spreadsheet; the first one when all rows are written.

    Raises TooManyRows.
    """
    with TemporaryDirectory(prefix="movr-") as folder:
        path = Path(folder) / "export.xlsx"
        _write_workbook(export, path)
        with path.open("rb") as file:
            while part := file.read(CHUNK):
                yield part


def _write_workbook(export: Export[RowT], path: Path) -> None:
    max_rows: int = current_app.config["EXPORT_XLSX_MAX_ROWS"]
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    names = [column.name for column in export.columns]
    with make_sheet(path, export.table.name.value, names, **options) as (workbook, sheet):
        time_format = workbook.add_format({"num_format": TIME_FORMAT})
        for number, row in enumerate(export.rows(), 1):
            if number > max_rows:
                raise TooManyRows(max_rows)
            for place, cell in enumerate(export.cells(row).values()):
                _write_cell(sheet, number, place, cell, time_format)


def _write_cell(
    sheet: "Worksheet", row: int, place: int, cell: Cell, time_format: "Format"
) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):  # spreadsheets know no time zones
        sheet.write_datetime(row, place, cell.replace(tzinfo=None), time_format)
    elif isinstance(cell, (int, float, Decimal)):
        sheet.write_number(row, place, float(cell))
    else:
        sheet.write_string(row, place, cell[:MAX_TEXT])
