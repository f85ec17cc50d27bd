"""Helpers that make calls of statements and hooks."""

from collections.abc import Callable

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from tests.migrations.sample_rows import (
    RIDER,
)
from webapp.db import transactions
from webapp.db.keys import RowKey


def in_account_deletion(hook: Callable[[Session, RowKey], object]) -> Callable[[], None]:
    """Return a call of a hook of account deletion, which gets a session."""

    def run() -> None:
        transactions.run_transaction(lambda session: hook(session, RIDER))

    return run


def execute(make: Callable[[], Executable]) -> Callable[[], None]:
    """Return a call that executes the statement that ``make`` returns."""

    def run() -> None:
        statement = make()
        transactions.run_transaction(lambda session: session.execute(statement))

    return run
