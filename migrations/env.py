"""How `flask db` speaks to the database, with a server and without (`--sql`)."""

from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, pool
from sqlalchemy.engine import make_url

from webapp import local_postgres
from webapp.extensions import db

config = context.config
if config.config_file_name:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

settings = current_app.config
url = make_url(settings["SQLALCHEMY_DATABASE_URI"])


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Leave other people's tables alone when comparing."""
    return kind != "table" or name in db.metadata.tables


def run_offline() -> None:
    """Write the script for a database that need not be there."""
    context.configure(
        url=url,
        target_metadata=db.metadata,
        literal_binds=True,
        # Without it every % in a statement comes out doubled.
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Upgrade or downgrade over a connection of its own, without the web's short timeouts."""
    if not settings["DATABASE_URL"]:
        local_postgres.ensure(settings)
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        if connection.dialect.name == "cockroachdb":
            # Each schema change is a transaction of its own there; several in one fail halfway.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        _run(connection)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_name=include_name,
        transaction_per_migration=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
