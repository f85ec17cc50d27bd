"""What an error of the database means: a conflict, a lost connection, a violated constraint."""

import logging
from typing import TypeVar

import psycopg2
from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)
T = TypeVar("T")


#: The database undid the transaction because of another one; running it again is the cure.
CONFLICTS = {"40001", "40P01"}
#: The server is shutting down, or lost its session: the transaction is gone with it.
SHUTDOWNS = {"57P01", "57P02", "57P03"}
UNKNOWN_RESULT = "40003"


def sqlstate(error: DBAPIError) -> str:
    """Return the five-character SQLSTATE of a database error, or '' when there is none."""
    return getattr(error.orig, "pgcode", None) or ""


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that refused the write, or ''."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the database is away, or too slow or too busy to serve: try again later."""
    state = sqlstate(error)
    return (
        _is_connection_lost(error)
        or state in CONFLICTS | {UNKNOWN_RESULT, "57014"}
        or state.startswith("53")
    )


def _is_connection_lost(error: DBAPIError) -> bool:
    state = sqlstate(error)
    without_answer = not state and isinstance(error.orig, psycopg2.OperationalError)
    closed = error.connection_invalidated or without_answer
    return closed or state in SHUTDOWNS or state.startswith("08")
