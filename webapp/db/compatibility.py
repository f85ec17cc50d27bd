"""Which releases work on the schema of a database: its comment names the oldest.

An upgrade writes it as the comment of ``alembic_version``. A release that does not know the
revision of a database reads there whether a newer one has only expanded the schema.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, TextClause, text

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

#: The revisions of the first release. Each of the later ones may say in its module which is the
#: oldest revision whose release works on the schema that it makes: ``oldest_compatible = "0087"``.
FIRST_REVISION = "0086"

_VERSION_QUERY = text(
    "SELECT version_num, obj_description(CAST('alembic_version' AS regclass), 'pg_class')"
    " FROM alembic_version"
)


@dataclass(frozen=True)
class Revisions:
    """The revisions that this release knows, and the last of them."""

    all: frozenset[str]
    head: str


def read_revisions(folder: Path) -> Revisions:
    """Return the revisions of a folder of migrations.

    Their files are read as text: no server imports Alembic and all revisions to know its schema.
    """
    files = [path.read_text() for path in (folder / "versions").glob("*.py")]
    revisions = _read_constants("revision", files)
    (head,) = revisions - _read_constants("down_revision", files)
    return Revisions(frozenset(revisions), head)


def _read_constants(name: str, files: Collection[str]) -> set[str]:
    # A revision that nobody has formatted yet has single quotes.
    pattern = re.compile(rf"""^{name} = ["'](\w+)["']""", re.MULTILINE)
    return {value for file in files for value in pattern.findall(file)}


class SchemaState(NamedTuple):
    """The revision of a database, and what this release can do with it."""

    revision: str
    is_head: bool
    is_usable: bool


def read_schema_state(connection: Connection, revisions: Revisions) -> SchemaState:
    """Return the state of a database. Raises DBAPIError when there is no such table."""
    rows = connection.execute(_VERSION_QUERY).all()
    is_head = {row[0] for row in rows} == {revisions.head}
    is_newer = len(rows) == 1 and is_compatible(rows[0][0], rows[0][1], revisions.all)
    return SchemaState(", ".join(row[0] for row in rows), is_head, is_head or is_newer)


def is_schema_usable(connection: Connection, revisions: Revisions) -> bool:
    """Tell whether this release works on the schema: it is at its head, or a newer release has made
    it and says that this one works on it. Raises DBAPIError when there is no such table."""
    return read_schema_state(connection, revisions).is_usable


def is_compatible(revision: str, comment: str | None, own: Collection[str]) -> bool:
    """Tell whether a database at an unknown revision has a comment that names one of ours.

    The comment names its revision too: on CockroachDB it is written after the revision changes.
    """
    if revision in own:
        return False
    return any(comment == _format_comment(revision, oldest) for oldest in own)


def comment_statement(revision: str, oldest: str) -> TextClause:
    """Return the statement that says, at a revision, since which one releases work."""
    return text(f"COMMENT ON TABLE alembic_version IS '{_format_comment(revision, oldest)}'")


def find_oldest_compatible(scripts: "ScriptDirectory") -> dict[str, str]:
    """Return, for each revision, the oldest one whose release works on its schema."""
    oldest: dict[str, str] = {}
    for script in reversed(list(scripts.walk_revisions())):
        if script.revision.startswith(FIRST_REVISION):
            oldest[script.revision] = script.revision
        else:
            named = getattr(script.module, "oldest_compatible", FIRST_REVISION)
            oldest[script.revision] = max(named, oldest[str(script.down_revision)])
    return oldest


def _format_comment(revision: str, oldest: str) -> str:
    return f"Revision {revision} works with releases since revision {oldest}."
