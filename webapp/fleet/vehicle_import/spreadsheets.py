"""Reading tables from CSV and XLSX files that somebody uploaded, as rows of text.

XLSX is read by openpyxl row by row, with defusedxml, which refuses entities. What a file may be
unpacked is checked before, and Python's ``zipfile`` never unpacks more of a member than it says.
python-calamine is faster, but reserves memory for the whole rectangle of a sheet: 1.5 GB for a file
of 5 kB with a cell far to the right and another one far below.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from io import BytesIO, StringIO
from itertools import islice
from zipfile import BadZipFile, ZipFile

from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

#: The largest file, and what an XLSX may be when it is unpacked.
MAX_FILE_BYTES, MAX_UNPACKED_BYTES = 5 * 1024 * 1024, 15 * 1024 * 1024
#: Members of the archive; a workbook of one sheet has about ten.
MAX_MEMBERS = 200
#: Columns that are read; further ones are ignored.
MAX_COLUMNS = 50
DELIMITERS = (",", ";", "\t")
#: The first line of some files: Excel reads it, and does not show it.
SEPARATOR_HINT = re.compile(r"sep=([,;\t])", re.IGNORECASE)
ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16_SIGNATURES = (b"\xff\xfe", b"\xfe\xff")

Row = Sequence[str]


class UnreadableFile(DomainError):
    status = 422
    field = "file"
    message = _l("We can't read this file. Save it as XLSX, or as CSV in UTF-8.")


class OldExcelFile(UnreadableFile):
    message = _l("This is an old Excel file. Save it as XLSX or CSV.")


class NotUtf8(UnreadableFile):
    """Such as Windows-1252, which Excel writes as "CSV"; there are others that look like it."""

    message = _l("This CSV file is not in UTF-8. In Excel, save it as “CSV UTF-8” or as XLSX.")


class FileTooLong(UnreadableFile):
    def __init__(self, limit: int) -> None:
        super().__init__()
        self.message = _l("Upload at most %(max)s rows at once.", max=limit)


class DateCell(str):
    """A date or time in a cell of XLSX. Spreadsheets make one of 12.5 where people write 12,5."""


def read_rows(content: bytes, max_rows: int) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV file, or of the first sheet of an XLSX file, that are not empty, each
    with its number from 1.

    max_rows: at most, with the header. Raises UnreadableFile, NotUtf8, OldExcelFile, FileTooLong.
    """
    if content.startswith(OLD_EXCEL_SIGNATURE):
        raise OldExcelFile
    is_xlsx = content.startswith(ZIP_SIGNATURE)
    rows = _read_xlsx(content) if is_xlsx else _read_csv(content)
    filled = ((number, row) for number, row in enumerate(rows, start=1) if any(row))
    yield from islice(filled, max_rows)
    if next(filled, None):
        raise FileTooLong(max_rows - 1)


def _read_csv(content: bytes) -> Iterator[Row]:
    encoding = "utf-16" if content.startswith(UTF_16_SIGNATURES) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise (UnreadableFile if b"\0" in content else NotUtf8) from None
    header = next((line for line in text.splitlines() if line.strip()), "")
    hint = SEPARATOR_HINT.fullmatch(header)
    delimiter = hint[1] if hint else max(DELIMITERS, key=header.count)
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
            is_hint = hint and row == header.split(delimiter)
            yield [] if is_hint else [cell.strip() for cell in row[:MAX_COLUMNS]]
    except csv.Error:
        raise UnreadableFile from None


def _read_xlsx(content: bytes) -> Iterator[Row]:
    # Needed by few processes. Which of the two is there does not matter to openpyxl: to us it does.
    import defusedxml as _  # noqa: F401
    from openpyxl import load_workbook

    try:
        _check_size(content)
        workbook = load_workbook(BytesIO(content), read_only=True, data_only=True)
        for row in workbook.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True):
            yield [*map(_format_cell, row)]
    except Exception:  # openpyxl raises errors of any type for what is no workbook
        raise UnreadableFile from None


def _check_size(content: bytes) -> None:
    """Raise BadZipFile if an archive is too large when it is unpacked."""
    with ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(each.file_size for each in members) > MAX_UNPACKED_BYTES:
        raise BadZipFile


def _format_cell(value: object) -> str:
    """Return a cell as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (date, time, timedelta)):
        return DateCell(value)
    return str(value).strip()
