"""The log of slow statements: the text without values, and the place in the code that sent it."""

import logging
from typing import Any

from psycopg2 import extensions as pg

from webapp.observability.execution import current_execution
from webapp.observability.logs import with_fields
from webapp.observability.tracebacks import find_caller

log = logging.getLogger(__name__)

#: Characters of a statement in the log.
MAX_STATEMENT_LENGTH = 2_000
#: Code that sends statements for others: the place is that of its caller.
SHARED_CODE = ("webapp/db/", "webapp/observability/", "webapp/web/access_log")


def cursor_class(limit_ms: int) -> type[pg.cursor]:
    """Return a psycopg2 cursor class that logs statements which take longer than the limit.

    A listener of SQLAlchemy would cost each statement fifty function calls.
    """

    class WatchedCursor(pg.cursor):
        limit_ns = limit_ms * 1_000_000

        def execute(self, query: Any, vars: Any = None) -> None:  # the names are psycopg2's
            try:
                super().execute(query, vars)
            finally:  # also after a time-out
                execution = current_execution()
                if execution and execution.last_wait_ns >= self.limit_ns:
                    _log_statement(query, execution.last_wait_ns)

    return WatchedCursor


def _log_statement(query: object, waited_ns: int) -> None:
    text = query.decode(errors="replace") if isinstance(query, bytes) else str(query)
    fields = {
        "statement": " ".join(text.split())[:MAX_STATEMENT_LENGTH],
        "statement_ms": round(waited_ns / 1e6),
        "place": find_caller(SHARED_CODE),
    }
    log.warning("slow statement", extra=with_fields(**fields))
