"""docs/schema.md says of each table, column and index what it is for."""

from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest
from sqlalchemy import Index, UniqueConstraint

from webapp.extensions import Base
from webapp.ops.schema_docs.cli import write_files
from webapp.ops.schema_docs.comments import read_comments
from webapp.ops.schema_docs.document import Model, read_models

MODELS = read_models()
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.table.name)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return {path.name: text for path, text in write_files().items()}


@pytest.mark.parametrize("path", write_files(), ids=lambda path: path.name)
def test_the_schema_documents_are_up_to_date(path: Path, files: dict[str, str]) -> None:
    assert path.read_text() == files[path.name], "run 'flask schema', and look at the difference"


@each_model
def test_each_column_has_a_description(model: Model) -> None:
    assert [c.name for c in model.table.columns if not model.comments.get(c.key)] == []


@each_model
def test_each_index_has_a_description(model: Model) -> None:
    unique = [each for each in model.table.constraints if isinstance(each, UniqueConstraint)]
    indexes: list[Index | UniqueConstraint] = [*model.table.indexes, *unique]
    assert [i.name for i in indexes if not model.comments.get(str(i.name))] == []


@each_model
def test_each_table_has_its_section(model: Model, files: dict[str, str]) -> None:
    heading = f"### {model.table.name}\n\n"
    assert heading in files["schema.md"]
    section = files["schema.md"].split(heading)[1].split("\n#")[0]
    for column in model.table.columns:
        assert f"| `{column.name}` |" in section
    for index in model.table.indexes:
        assert f"| `{index.name}` |" in section


def test_an_index_is_described_by_columns_kind_and_condition(files: dict[str, str]) -> None:
    described = files["schema.md"]
    assert "| `uq_rides_open_vehicle` | unique `region, vehicle_id` `WHERE ended_at IS NULL` |" in (
        described
    )
    assert "| `ix_vehicles_words` | GIN `words` |" in described
    assert "| `ix_wallet_lines_rider` | `region, rider_id, currency` `INCLUDE (amount)` |" in (
        described
    )


def test_the_diagram_has_each_table_and_each_foreign_key_once(files: dict[str, str]) -> None:
    drawing = ElementTree.fromstring(files["schema.svg"])
    names = [text.text or "" for text in drawing.iter(f"{SVG}text") if text.get("class") == "name"]
    assert sorted(names) == sorted(model.table.name for model in MODELS)
    keys = sum(len(model.table.foreign_key_constraints) for model in MODELS)
    assert len(list(drawing.iter(f"{SVG}path"))) == keys


class Example:
    """Columns and indexes with comments and without."""

    __table_args__ = (
        #: Of two lines,
        #: of an index.
        Index("ix_example", "region"),
        #: Of a constraint.
        UniqueConstraint("a", name="uq_example"),
        Index("ix_bare", "region"),
    )

    #: Of a column.
    described: int
    # Not for readers of the document.
    bare: int


def test_comments_are_read_from_the_lines_above() -> None:
    assert read_comments(cast(type[Base], Example)) == {
        "ix_example": "Of two lines, of an index.",
        "uq_example": "Of a constraint.",
        "described": "Of a column.",
    }
