"""Which releases work on the schema of a database: its comment names the oldest.

An upgrade writes it as the comment of ``alembic_version``. A release that does not know the
revision of a database reads there whether a newer one has only expanded the schema.
"""

from collections.abc import Collection

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, TextClause, text

#: The revisions of the first release. Each of the later ones may say in its module which is the
#: oldest revision whose release works on the schema that it makes: ``oldest_compatible = "0087"``.
FIRST_REVISION = "0086"

_VERSION_QUERY = text(
    "SELECT version_num, obj_description(CAST('alembic_version' AS regclass), 'pg_class')"
    " FROM alembic_version"
)


def is_schema_usable(connection: Connection, scripts: ScriptDirectory) -> bool:
    """Tell whether this release works on the schema: it is at its head, or a newer release has made
    it and says that this one works on it. Raises DBAPIError when there is no such table."""
    rows = connection.execute(_VERSION_QUERY).all()
    if {row[0] for row in rows} == set(scripts.get_heads()):
        return True
    return len(rows) == 1 and is_compatible(rows[0][0], rows[0][1], own_revisions(scripts))


def own_revisions(scripts: ScriptDirectory) -> set[str]:
    """Return the revisions that this release knows."""
    return {script.revision for script in scripts.walk_revisions()}


def is_compatible(revision: str, comment: str | None, own: Collection[str]) -> bool:
    """Tell whether a database at an unknown revision has a comment that names one of ours.

    The comment names its revision too: on CockroachDB it is written after the revision changes.
    """
    if revision in own:
        return False
    return any(comment == _comment(revision, oldest) for oldest in own)


def comment_statement(scripts: ScriptDirectory, revision: str) -> TextClause:
    """Return the statement that says, at a revision, which releases work."""
    comment = _comment(revision, oldest_compatible(scripts, revision))
    return text(f"COMMENT ON TABLE alembic_version IS '{comment}'")


def oldest_compatible(scripts: ScriptDirectory, revision: str) -> str:
    """Return the oldest revision whose release works on the schema of a revision."""
    if revision.startswith(FIRST_REVISION):
        return revision
    later_scripts = scripts.iterate_revisions(revision, FIRST_REVISION)
    return max(
        getattr(script.module, "oldest_compatible", FIRST_REVISION) for script in later_scripts
    )


def _comment(revision: str, oldest: str) -> str:
    return f"Revision {revision} works with releases since revision {oldest}."
