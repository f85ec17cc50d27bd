"""What all commands share: errors become one line and exit code 1."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.db.errors import is_unavailable
from webapp.db.transactions import AmbiguousCommit
from webapp.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Decorate a command: errors of rules and of the database become one line and exit code 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DomainError as refusal:
            raise click.ClickException(str(refusal.message)) from None
        except DBAPIError as error:
            raise click.ClickException(_describe(error)) from None
        except (AmbiguousCommit, PoolTimeout):
            message = "The connection to the database was lost. Check whether it was done."
            raise click.ClickException(message) from None

    return wrapped


def _describe(error: DBAPIError) -> str:
    if is_unavailable(error):
        return f"The database does not answer: {str(error.orig).strip().splitlines()[0]}"
    if "does not exist" in str(error.orig):
        return "The database has no tables yet: run 'flask db upgrade'."
    return f"The database refused: {str(error.orig).strip().splitlines()[0]}"
