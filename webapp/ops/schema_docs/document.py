"""Writes docs/schema.md: each table with its locality, key, columns, references and indexes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from webapp.db.types import Region
from webapp.extensions import Base
from webapp.ops.schema_docs.comments import read_comments

#: The order of the chapters: a package refers to those before it.
CHAPTERS = {
    "db": "The database itself",
    "regions": "Cities and regions",
    "auth": "Accounts and sessions",
    "api": "Requests of programs",
    "texts": "Texts: terms, privacy and help, and agreements to them",
    "notices": "Notices and comments",
    "web": "Rate limits",
    "audit": "Audit trail",
    "jobs": "Jobs",
    "riders": "Riders and the wallet",
    "fleet": "Fleet, prices, zones and reports",
    "rides": "Rides, reservations and disputes",
    "numbers": "Numbers: sums of rides and events",
    "exports": "Exports of staff",
}
INTRODUCTION = """\
# The database schema

Written by `flask schema` from the models; a test compares. Change the models (and their `#:`
comments), not this file. How the schema changes: [migrations.md](migrations.md).

- **Regional** tables (`REGIONAL BY ROW AS region`) store each row in the region that its column
  `region` names, and lead their primary key with it. **Global** tables (`GLOBAL`) are read locally
  in every region. On PostgreSQL both are ordinary tables.
- `region` columns have the type `crdb_internal_region` on CockroachDB and `VARCHAR(32)` on
  PostgreSQL; other types are PostgreSQL's.
- Money is an integer in minor units (cents) of an ISO 4217 currency. Times are UTC, by the
  database's clock. Positions are degrees, WGS 84.

![The tables and their foreign keys](img/schema.svg)
"""
POSTGRESQL = postgresql.dialect()


@dataclass(frozen=True)
class Model:
    """A table with the texts of its model."""

    table: Table
    package: str
    description: str
    comments: dict[str, str]

    @property
    def is_global(self) -> bool:
        return str(self.table.info["locality"]) == "GLOBAL"


def read_models() -> list[Model]:
    """Return all models: by chapter, and in it parents before children."""
    places = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    models = [
        Model(
            mapper.local_table,
            mapper.class_.__module__.split(".")[1],
            mapper.class_.__doc__ or "",
            read_comments(mapper.class_),
        )
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table)
    ]
    chapters = list(CHAPTERS)
    return sorted(models, key=lambda m: (chapters.index(m.package), places[m.table.name]))


def write_document(models: list[Model]) -> str:
    """Return the document in Markdown."""
    parts = [INTRODUCTION]
    for package, members in groupby(models, lambda model: model.package):
        parts.append(f"## {CHAPTERS[package]}\n")
        parts += [_describe_table(model) for model in members]
    return "\n".join(parts)


def _describe_table(model: Model) -> str:
    key = _join_names(model.table.primary_key.columns)
    locality = "Global" if model.is_global else "Regional"
    parts = [
        f"### {model.table.name}\n",
        f"{_escape_markdown(' '.join(model.description.split()))}\n",
        f"{locality}. Primary key: {key}.\n",
        _format_grid(("column", "type", "meaning"), _describe_columns(model)),
    ]
    if references := list(_describe_references(model.table)):
        parts.append("References: " + "; ".join(references) + ".\n")
    if checks := sorted(_describe_checks(model.table)):
        parts.append("Checks: " + "; ".join(checks) + ".\n")
    if indexes := list(_describe_indexes(model)):
        parts.append(_format_grid(("index", "on", "serves"), indexes))
    return "\n".join(parts)


def _describe_columns(model: Model) -> Iterator[tuple[str, str, str]]:
    for column in model.table.columns:
        yield f"`{column.name}`", _describe_type(column), model.comments.get(column.key, "")


def _describe_type(column: Column[object]) -> str:
    if column.type is Region:
        name = "region"
    else:
        name = column.type.compile(POSTGRESQL).lower().replace(" with time zone", "tz")
    return name if not column.nullable else f"{name}, NULL"


def _describe_references(table: Table) -> Iterator[str]:
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
        parent = key.referred_table.name
        yield f"{_join_names(key.columns)} to [{parent}](#{parent}){_describe_on_delete(key)}"


def _describe_on_delete(key: ForeignKeyConstraint) -> str:
    effects = {"CASCADE": ", deleted with it", "SET NULL": ", set to NULL when it is deleted"}
    return effects.get(key.ondelete or "", "")


def _describe_checks(table: Table) -> Iterator[str]:
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            yield f"`{check.sqltext}`"


def _describe_indexes(model: Model) -> Iterator[tuple[str, str, str]]:
    table = model.table
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    indexes: list[Index | UniqueConstraint] = [*unique, *table.indexes]
    for index in sorted(indexes, key=lambda each: str(each.name)):
        serves = model.comments.get(str(index.name), "")
        yield f"`{index.name}`", _describe_index(index), serves


def _describe_index(index: Index | UniqueConstraint) -> str:
    """Return what the index is on, as CREATE INDEX says it after the table's name."""
    if isinstance(index, UniqueConstraint):
        return f"unique {_join_names(index.columns)}"
    statement = str(CreateIndex(index).compile(dialect=POSTGRESQL))
    definition = statement.partition(f" ON {index.table.name if index.table is not None else ''} ")[
        2
    ]
    columns, *rest = re.split(
        " (?=INCLUDE|WHERE)", definition.removeprefix("USING gin "), maxsplit=1
    )
    words = ["unique"] if index.unique else ["GIN"] if "USING gin" in definition else []
    return " ".join([*words, f"`{columns[1:-1]}`", *(f"`{part}`" for part in rest)])


def _join_names(columns: Iterable[Column[object]]) -> str:
    return f"`{', '.join(column.name for column in columns)}`"


def _format_grid(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(_escape_markdown(cell) for cell in line)} |\n" for line in lines)


def _escape_markdown(text: str) -> str:
    """Return text of a docstring or comment as Markdown."""
    return text.replace("``", "`").replace("|", "\\|")
