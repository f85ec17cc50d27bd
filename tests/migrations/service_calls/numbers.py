"""Calls of the services of numbers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.migrations.sample_rows import NEW_YORK
from webapp.numbers.enums import Period
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import TimeRange
from webapp.numbers.services import _read_sums, _replace_sum, delete_old_hours, update_rollups

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EDGES = [NOON, NOON + timedelta(hours=1)]
RANGE = TimeRange(Period.DAY, [NOON], [NOON + timedelta(days=1)], NOON + timedelta(days=2))

NUMBERS: dict[str, Callable[[], Any]] = {
    "what is to be summed up": lambda: update_rollups(NEW_YORK),
    "the sums of an hour": lambda: _read_sums(NEW_YORK, EDGES, None),
    "write the sums of a day": lambda: _replace_sum(NEW_YORK, Period.DAY, Period.HOUR, NOON),
    "the sums of a range": lambda: read_totals(NEW_YORK, RANGE),
    "the sums of a range, for analysts": lambda: read_totals(NEW_YORK, RANGE, hides_few=True),
    "delete old sums": lambda: delete_old_hours(NEW_YORK, timedelta(days=400)),
}
