"""docs/exports.md has the tables and columns of the code. MOVR_WRITE_GOLDEN=1 writes them."""

import os
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from webapp.exports.enums import TableName
from webapp.exports.forms import FORMS
from webapp.exports.tables import TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "exports.md"
END = "<!-- end tables -->"


def write_tables() -> Iterator[str]:
    for table in TABLES.values():
        formats = ", ".join(each.name for each in table.formats)
        yield f"### {table.label} (`{table.name}`)\n"
        yield f"{table.description} Permission: `{table.permission}`. Formats: {formats}.\n"
        yield "| column | meaning |"
        yield "|---|---|"
        for column in table.columns:
            only = f" With `{column.permission}`." if column.permission else ""
            yield f"| `{column.name}` | {column.description}{only} |"
        yield ""


def test_the_document_has_the_tables_of_the_code(app: Flask) -> None:
    before, _, rest = DOCUMENT.read_text().partition("<!-- begin tables")
    first_line, _, _ = rest.partition("\n")
    with app.test_request_context():
        tables = "\n".join(write_tables())
    document = f"{before}<!-- begin tables{first_line}\n{tables}{END}\n"
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        DOCUMENT.write_text(document)
    assert document == DOCUMENT.read_text()


def test_each_table_has_a_filter_and_columns_with_different_names() -> None:
    assert set(TABLES) == set(FORMS) == set(TableName)
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names))
