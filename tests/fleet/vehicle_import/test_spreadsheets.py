"""Reading CSV and XLSX files: encodings, separators, limits, and files that want to do harm."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from xlsxwriter import Workbook

from tests.fleet.vehicle_import.steps import make_xlsx
from webapp.fleet.vehicle_import import spreadsheets
from webapp.fleet.vehicle_import.spreadsheets import (
    FileTooLong,
    NotUtf8,
    OldExcelFile,
    UnreadableFile,
    read_rows,
)

TABLE = [(1, ["a", "b"]), (3, ["Zoë", "1.5"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_any_usual_form(encoding: str, delimiter: str) -> None:
    text = f"a{delimiter} b \r\n\r\nZoë{delimiter}1.5\r\n"
    assert list(read_rows(text.encode(encoding), 10)) == TABLE


@pytest.mark.parametrize("before", ["", "sep=;\r\n", "\r\n \r\n"])
def test_what_stands_before_the_header_does_not_hide_the_separator(before: str) -> None:
    rows = list(read_rows(f"{before}a;b\r\n1,5;2\r\n".encode(), 10))
    assert [row for _, row in rows] == [["a", "b"], ["1,5", "2"]]


def test_a_file_in_another_encoding_says_how_to_save_it() -> None:
    with pytest.raises(NotUtf8):
        list(read_rows("a;b\r\nZoë;1\r\n".encode("windows-1252"), 10))


def read_xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    """Return the rows of two columns; the others are empty."""
    rows = list(read_rows(content, 10))
    assert not any(cell for _, row in rows for cell in row[2:])
    return [(number, list(row[:2])) for number, row in rows]


def test_xlsx_is_read_as_the_same_text() -> None:
    assert read_xlsx(make_xlsx((), ("Zoë", 1.5), header=("a", "b"))) == TABLE
    assert read_xlsx(make_xlsx((True, 12), header=("a", "b")))[1] == (2, ["True", "12"])
    assert read_xlsx(make_xlsx(header=())) == []


def test_rows_and_columns_before_the_first_cell_of_a_sheet_count() -> None:
    content = make_xlsx(("", "x"), header=("", ""))
    assert read_xlsx(content) == [(2, ["", "x"])]


def test_more_rows_than_allowed_are_refused() -> None:
    assert len(list(read_rows(b"a\nb\n", 2))) == 2
    with pytest.raises(FileTooLong):
        list(read_rows(b"a\nb\nc\n", 2))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\x00\xff", b'"' + b"x" * 200_000, b"PK\x03\x04 not an archive",
        make_xlsx()[:-200],
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        list(read_rows(content, 10))


def test_old_excel_files_are_named() -> None:
    with pytest.raises(OldExcelFile):
        list(read_rows(b"\xd0\xcf\x11\xe0" + b"\0" * 600, 10))


def rewrite(content: bytes, member: str, text: bytes) -> bytes:
    """Return the archive with another content of a member."""
    changed = BytesIO()
    with ZipFile(BytesIO(content)) as archive, ZipFile(changed, "w", ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            copy.writestr(name, text if name == member else archive.read(name))
    return changed.getvalue()


def test_an_archive_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = rewrite(make_xlsx(), "xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile):
        list(read_rows(bomb, 10))
    monkeypatch.setattr(spreadsheets, "MAX_MEMBERS", 3)
    with pytest.raises(UnreadableFile):
        list(read_rows(make_xlsx(), 10))


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    """Its directory says ten bytes; unpacking it would write sixty million."""
    bomb = rewrite(make_xlsx(), "xl/worksheets/sheet1.xml", b" " * 60_000_000)
    lie = bomb.replace((60_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lie != bomb
    with pytest.raises(UnreadableFile):
        list(read_rows(lie, 10))


def test_a_cell_in_the_last_corner_of_a_sheet_needs_no_memory() -> None:
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(100_000, 16_383, "b")
    assert list(read_rows(content.getvalue(), 10)) == [(1, ["a"] + [""] * 49)]


def test_entities_are_not_resolved() -> None:
    text = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">'
        b'<!ENTITY b "lol">]><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        b' count="2" uniqueCount="2"><si><t>&a;</t></si><si><t>&b;</t></si></sst>'
    )
    content = rewrite(make_xlsx(header=("a", "b")), "xl/sharedStrings.xml", text)
    with pytest.raises(UnreadableFile):
        list(read_rows(content, 10))
