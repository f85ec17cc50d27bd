"""Steps that tests of exports share: download a file, and read it."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from tests.visitor import Visitor

EXPORTS = "/fleet/exports"


def download(visitor: Visitor, table: str, file_format: str = "csv", **query: str) -> Any:
    """Download a table, with a filter in the address."""
    args = "&".join(f"{name}={value}" for name, value in {"table": table, **query}.items())
    return visitor.send(f"{EXPORTS}?{args}", format=file_format)


def read_csv(visitor: Visitor, table: str, **query: str) -> list[dict[str, str]]:
    response = download(visitor, table, **query)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(StringIO(response.text, newline="")))


def read_xlsx(content: bytes) -> list[list[str]]:
    """Return the texts of the cells of a spreadsheet, row by row. Formulas are an error."""
    with ZipFile(BytesIO(content)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    ns = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(sheet.iter(f"{ns}f")), "a formula"
    return [list(_read_cells(row, ns)) for row in sheet.iter(f"{ns}row")]


def _read_cells(row: ElementTree.Element, ns: str) -> Iterator[str]:
    for cell in row.iter(f"{ns}c"):
        yield "".join(cell.itertext())
