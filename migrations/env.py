"""How `flask db` speaks to the database, with a server and without (`--sql`)."""

import sys
from functools import cache
from logging.config import fileConfig
from pathlib import Path
from typing import Any

from alembic import context
from alembic.script import write_hooks
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Engine, create_engine, pool
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from webapp.db.compatibility import (
    comment_statement,
    find_oldest_compatible,
    is_schema_usable,
    read_revisions,
)
from webapp.db.ddl import create_tables_unlocked
from webapp.db.errors import LOCK_TIMEOUT, is_unavailable, sqlstate
from webapp.db.local import local_database
from webapp.db.migration_lock import TABLE_LOCK_TIMEOUT_S, MigrationLock
from webapp.extensions import db

config = context.config
settings = current_app.config
if config.config_file_name and not settings["LOG_FORMAT"]:  # else the application has set it up
    fileConfig(config.config_file_name, disable_existing_loggers=False)

url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
is_cockroach = url.get_backend_name() == "cockroachdb"

own_revisions = read_revisions(Path(context.script.dir))

#: Older revisions were squashed into those that end with this one.
SQUASHED = "0086"


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Leave other people's tables alone when comparing."""
    return kind != "table" or name in db.metadata.tables


def number_revision(_: Any, __: Any, directives: list[Any]) -> None:
    """Number a new revision, and write none where nothing has changed."""
    script = directives[0]
    is_compared = getattr(config.cmd_opts, "autogenerate", False)
    if is_compared and script.upgrade_ops.is_empty():
        directives.clear()
        print("Nothing has changed: no revision is needed.", file=sys.stderr)
        return
    heads = context.script.get_heads()
    script.rev_id = f"{int(max(heads, default='0')) + 1:04d}"


@write_hooks.register("head_file")
def write_head_file(path: str, _: Any) -> None:
    """Write the name of the new file at ``path`` as the head. Alembic calls this: alembic.ini
    lists it. The whole name, not its number: two branches would both write the same number."""
    file = Path(path)
    (file.parents[1] / ".current-alembic-head").write_text(f"{file.name}\n")


def run_offline() -> None:
    """Write the script for a database that need not be there."""
    context.configure(
        url=url,
        target_metadata=db.metadata,
        literal_binds=True,
        # Without it every % in a statement comes out doubled.
        dialect_opts={"paramstyle": "named"},
        on_version_apply=write_compatibility,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Upgrade or downgrade, one runner at a time, without the web's short timeouts."""
    if local := local_database():
        local.ensure_started()
    try:
        if changes_schema():
            with MigrationLock(url) as lock:
                run(on_version_apply=[write_compatibility, lambda **_: lock.renew()])
        else:
            run()
    except DBAPIError as error:
        if sqlstate(error) == LOCK_TIMEOUT:
            raise CommandError(
                f"Somebody's transaction has held a table for {TABLE_LOCK_TIMEOUT_S} s. This"
                " revision is undone; end that transaction, or try again later."
            ) from None
        if is_unavailable(error):
            reason = str(error.orig).strip().splitlines()[0]
            raise CommandError(f"The database does not answer: {reason}") from None
        raise


def changes_schema() -> bool:
    """Tell whether the command goes to a revision; ``check`` and ``current`` only look."""
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def make_engine() -> Engine:
    """Return the engine of the migrations: with a time limit for table locks on PostgreSQL."""
    # CockroachDB's schema changes wait for nobody's transaction, and know no such timeout.
    limit = "" if is_cockroach else f"-c lock_timeout={TABLE_LOCK_TIMEOUT_S}s"
    # What the URL itself sets comes last, and wins.
    server_options = f"{limit} {url.query.get('options', '')}".strip()
    connect_args: dict[str, Any] = {"connect_timeout": 10}
    if server_options:
        connect_args["options"] = server_options
    return create_engine(url, poolclass=pool.NullPool, connect_args=connect_args)


def run(**options: Any) -> None:
    with make_engine().connect() as connection:
        if is_cockroach:
            # Each schema change is a transaction of its own there; several in one fail halfway.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=include_name,
            transaction_per_migration=True,
            process_revision_directives=number_revision,
            **options,
            **current_app.extensions["migrate"].configure_args,
        )
        if is_cockroach:
            create_tables_unlocked(connection)
        if upgrades_to_our_head() and is_newer_and_usable(connection):
            print(
                "A newer release has upgraded the database, and this one works on its schema:"
                " nothing to do.",
                file=sys.stderr,
            )
            return
        refuse_unknown_revisions()
        with context.begin_transaction():
            context.run_migrations()


def write_compatibility(*, ctx: Any, heads: set[str], **_: Any) -> None:
    """Write which releases work on the schema, in the transaction of each revision."""
    for revision in heads:
        ctx.execute(comment_statement(revision, oldest_compatible()[revision]))


@cache
def oldest_compatible() -> dict[str, str]:
    """Return, for each revision, the oldest one whose release works on its schema."""
    return find_oldest_compatible(context.script)


def upgrades_to_our_head() -> bool:
    """Tell whether the command is ``upgrade`` to the last of our revisions."""
    # The name of Alembic's function is all that tells an upgrade from a downgrade.
    if not changes_schema() or context.get_context().opts["fn"].__name__ != "upgrade":
        return False
    target = context.get_revision_argument()
    targets = {target} if isinstance(target, str) else set(target or ())
    return targets == set(context.script.get_heads())


def is_newer_and_usable(connection: Any) -> bool:
    """Tell whether a newer release has upgraded the database, and says that this one works."""
    current = context.get_context().get_current_heads()
    is_newer = not own_revisions.all.issuperset(current)
    return is_newer and is_schema_usable(connection, own_revisions)


def refuse_unknown_revisions() -> None:
    """Raise CommandError when the database is at a revision that is not among ours."""
    for revision in context.get_context().get_current_heads():
        if revision in own_revisions.all:
            continue
        if revision < SQUASHED:
            raise CommandError(
                f"The database is at revision {revision}. Revisions 0001 to {SQUASHED} have been"
                " replaced by new ones that create the same tables. Upgrade the database to"
                f" {SQUASHED} with an older release, or start with an empty database."
            )
        raise CommandError(
            f"The database is at revision {revision}, which this release does not know: a newer"
            " release has upgraded it. Use that release."
        )


if context.is_offline_mode():
    run_offline()
else:
    run_online()
