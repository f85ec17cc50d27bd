"""Writing spreadsheets (XLSX), by XlsxWriter.

XlsxWriter writes a million cells in 4 s and 6 MB of memory; openpyxl's write-only mode in 8 s and
15 MB, and its last release is older.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

#: No text is a formula, a link or a number that it was not before.
TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@contextmanager
def make_sheet(
    target: Path | BytesIO, name: str, columns: Collection[str], **options: object
) -> Iterator[tuple["Workbook", "Worksheet"]]:
    """Write a workbook with a sheet that has these names in its first row, and closes when the
    block ends, also after an error.

    options: of XlsxWriter's Workbook.
    """
    from xlsxwriter import Workbook  # needed by few processes

    with Workbook(target, {**TEXT_STAYS_TEXT, **options}) as workbook:
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        bold = workbook.add_format({"bold": True})
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
        yield workbook, sheet
