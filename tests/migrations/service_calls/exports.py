"""The queries of exports: the first slice, and a later one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import NEW_YORK, RIDER
from tests.migrations.service_calls.calls import execute
from tests.migrations.service_calls.numbers import EDGES
from webapp.exports.columns import ExportFilter
from webapp.exports.jobs import due_query, send_statement
from webapp.exports.models import ScheduledExport
from webapp.exports.scheduled import end_statement, schedule_statement
from webapp.exports.tables.ledger import ledger_query
from webapp.exports.tables.owner_ledger import entries_query
from webapp.exports.tables.rides import rides_query
from webapp.exports.tables.users import users_query
from webapp.exports.tables.vehicles import vehicles_query

ALL = ExportFilter(NEW_YORK, since=EDGES[0], until=EDGES[1])
PERSONS = replace(ALL, reads_persons=True)
AFTER = (EDGES[0], UUID(int=1))
SCHEDULED_VALUES = {
    "table_name": "rides", "city": "new york", "filters": {}, "period": "week", "due_at": EDGES[0],
}  # fmt: skip
SCHEDULED = ScheduledExport(
    region="us-east1", id=UUID(int=24), user_id=UUID(int=1), **SCHEDULED_VALUES
)

EXPORTS: dict[str, Callable[[], Any]] = {
    "schedule an export": execute(lambda: schedule_statement(RIDER, SCHEDULED_VALUES)),
    "end a scheduled export": execute(lambda: end_statement(RIDER, UUID(int=24))),
    "scheduled exports that are due": execute(lambda: due_query(NEW_YORK.region, UUID(int=24))),
    "mail the link of a scheduled export": execute(
        lambda: send_statement(SCHEDULED, NEW_YORK, EDGES[0])
    ),
    "export vehicles": execute(lambda: vehicles_query(ALL, None)),
    "export more vehicles, with owners": execute(lambda: vehicles_query(PERSONS, UUID(int=1))),
    "export rides": execute(lambda: rides_query(ALL, None, is_open=False)),
    "export more rides, with riders": execute(lambda: rides_query(PERSONS, AFTER, is_open=False)),
    "export open rides": execute(lambda: rides_query(PERSONS, AFTER, is_open=True)),
    "export users": execute(lambda: users_query(PERSONS, AFTER)),
    "export the ledger of owners": execute(lambda: entries_query(PERSONS, AFTER)),
    "export the ledger": execute(lambda: ledger_query(ALL, None)),
    "export more of the ledger": execute(lambda: ledger_query(PERSONS, (*AFTER, *AFTER))),
}
