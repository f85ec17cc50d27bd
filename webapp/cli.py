"""The commands that belong to no one module: cities, regions, the demo, and running it all."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.errors import is_unavailable
from webapp.db.transactions import AmbiguousCommit
from webapp.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one line and exit code 1 where a rule or the database says no."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DomainError as refusal:
            raise click.ClickException(str(refusal.message)) from None
        except DBAPIError as error:
            raise click.ClickException(_say(error)) from None
        except (AmbiguousCommit, PoolTimeout):
            message = "The connection to the database was lost. Check whether it was done."
            raise click.ClickException(message) from None

    return wrapped


def _say(error: DBAPIError) -> str:
    if is_unavailable(error):
        return f"The database does not answer: {str(error.orig).strip().splitlines()[0]}"
    if "does not exist" in str(error.orig):
        return "The database has no tables yet: run 'flask db upgrade'."
    return f"The database refused: {str(error.orig).strip().splitlines()[0]}"


def init_app(app: Flask) -> None:
    from webapp.ops import demo, retention, serve
    from webapp.ops.schema_docs import cli as schema_docs
    from webapp.regions import cli

    cli.init_app(app)
    demo.init_app(app)
    serve.init_app(app)
    retention.init_app(app)
    schema_docs.init_app(app)
