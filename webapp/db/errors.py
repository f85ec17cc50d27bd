"""What an error of the database means: a conflict, a lost connection, a violated constraint."""

import psycopg2
from sqlalchemy.exc import DBAPIError

#: The database undid the transaction because of another one: it can be run again.
CONFLICTS = {"40001", "40P01"}
#: The server is shutting down, or lost its session: the transaction is gone with it.
SHUTDOWNS = {"57P01", "57P02", "57P03"}
#: The database does not know itself whether the transaction was committed.
UNKNOWN_RESULT = "40003"
STATEMENT_TIMEOUT = "57014"
#: Another transaction has held a table or a row for longer than this one wanted to wait.
LOCK_TIMEOUT = "55P03"
UNIQUE_VIOLATION = "23505"
FOREIGN_KEY_VIOLATION = "23503"
#: CockroachDB: too few replicas of the rows answer (``RangeUnavailable``), or a node of the cluster
#: does not answer another (``InternalConnectionFailure``).
UNAVAILABLE_RANGES = {"58C00", "58C01"}
#: CockroachDB: an error without a code of its own. The circuit breaker of a replica answers with it
#: (cockroachdb/cockroach issue 74502), and only the text tells.
UNCATEGORIZED = "XXUUU"
LOST_REPLICAS = ("replica unavailable", "lost quorum")


def sqlstate(error: DBAPIError) -> str:
    """Return the five-character SQLSTATE of a database error, or '' when there is none."""
    return getattr(error.orig, "pgcode", None) or ""


def violated_constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that refused the write, or ''."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the database does not answer, or is too slow or too busy: try again later."""
    state = sqlstate(error)
    return (
        is_connection_lost(error)
        or is_range_unavailable(error)
        or state in CONFLICTS | {UNKNOWN_RESULT, STATEMENT_TIMEOUT, LOCK_TIMEOUT}
        or state.startswith("53")  # insufficient resources
    )


def is_connection_lost(error: DBAPIError) -> bool:
    """Tell whether the connection ended before the answer came."""
    state = sqlstate(error)
    without_answer = not state and isinstance(error.orig, psycopg2.OperationalError)
    closed = error.connection_invalidated or without_answer
    return closed or state in SHUTDOWNS or state.startswith("08")


def is_range_unavailable(error: DBAPIError) -> bool:
    """Tell whether the rows are in a region of CockroachDB that is lost, or cannot be reached."""
    state = sqlstate(error)
    if state == UNCATEGORIZED:
        return any(words in str(error.orig) for words in LOST_REPLICAS)
    return state in UNAVAILABLE_RANGES
