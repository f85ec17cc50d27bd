"""READ COMMITTED for single statements on PostgreSQL that decide by the rows they lock.

A SERIALIZABLE statement that reads an index conflicts with those that write to it. One that is READ
COMMITTED takes no part in that. On CockroachDB the statement stays SERIALIZABLE: there, SKIP LOCKED
under READ COMMITTED may pass over rows that nobody has locked (cockroachdb/cockroach issue 121917).
"""

from typing import Any

#: The execution option of a connection whose statements are READ COMMITTED.
READ_COMMITTED = "read_committed"
#: Sent before the statement, in the same message, so in the same transaction and round trip.
SET_READ_COMMITTED = "SET LOCAL transaction_isolation = 'read committed'; "


def execute_read_committed(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
    """Execute a statement as READ COMMITTED, if its connection has the option; else return False,
    and it is executed as usual. Listens to ``do_execute`` of the engine that writes."""
    if not context.execution_options.get(READ_COMMITTED):
        return False
    cursor.execute(SET_READ_COMMITTED + sql, parameters)
    return True
