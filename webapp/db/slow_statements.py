"""The log of slow statements: the text without values, and the place in the code that sent it.
Where a trace is recorded, each statement is a span.
"""

import logging
from typing import Any

from psycopg2 import extensions as pg

from webapp.observability.execution import current_execution
from webapp.observability.logs import with_fields
from webapp.observability.tracebacks import find_caller
from webapp.observability.tracing import record_call

log = logging.getLogger(__name__)

#: Characters of a statement in the log.
MAX_STATEMENT_LENGTH = 2_000
#: Code that sends statements for others: the place is that of its caller.
SHARED_CODE = ("webapp/db/", "webapp/observability/", "webapp/web/access_log")


def make_cursor_class(limit_ms: int) -> type[pg.cursor]:
    """Return a psycopg2 cursor class that logs statements which take longer than the limit.

    A listener of SQLAlchemy would cost each statement fifty function calls.
    """

    class WatchedCursor(pg.cursor):
        limit_ns = limit_ms * 1_000_000

        def execute(self, query: Any, vars: Any = None) -> None:  # the names are psycopg2's
            is_failed = True
            try:
                super().execute(query, vars)
                is_failed = False
            finally:  # also after a time-out
                execution = current_execution()
                if execution and execution.last_wait_ns >= self.limit_ns:
                    _log_statement(query, execution.last_wait_ns)
                if execution and execution.span:
                    _trace_statement(query, execution.last_wait_ns, is_failed)

    return WatchedCursor


def _to_text(query: object) -> str:
    text = query.decode(errors="replace") if isinstance(query, bytes) else str(query)
    return " ".join(text.split())[:MAX_STATEMENT_LENGTH]


def _trace_statement(query: object, waited_ns: int, is_failed: bool) -> None:
    text = _to_text(query)
    attributes = {"db.system.name": "postgresql", "db.query.text": text}
    record_call(text.partition(" ")[0], waited_ns, is_failed, **attributes)


def _log_statement(query: object, waited_ns: int) -> None:
    fields = {
        "statement": _to_text(query),
        "statement_ms": round(waited_ns / 1e6),
        "place": find_caller(SHARED_CODE),
    }
    log.warning("slow statement", extra=with_fields(**fields))
