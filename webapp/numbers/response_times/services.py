"""Writing ``response_times``, which the page reads: from reports and tasks."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, delete, select
from sqlalchemy.orm import Session

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.enums import FormFactor
from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import ALL_TYPES, Period
from webapp.numbers.month_suppression import is_month_shown
from webapp.numbers.periods import find_end
from webapp.numbers.response_times.models import ResponseTimeCounts
from webapp.numbers.response_times.sources import CountsByKey, ResponseKey, read_response_counts
from webapp.regions.models import City

_TYPES = [each.value for each in FormFactor]
Rows = list[dict[str, Any]]  # Any: values of several types


def replace_response_times(
    city: City, edges: Sequence[datetime], month: datetime, now: datetime
) -> None:
    """Write the response times of days of a month again, and those of the month.

    edges: when the days begin, and at last when the last one, and the month, ends. now: until when
    all that happened is counted.
    """
    month_end = find_end(Period.MONTH, month, city.zone)
    days = read_response_counts(city, edges)
    rows = [
        row for day, counts in days.items() for row in _list_rows(city, Period.DAY, day, counts)
    ]

    def work(session: Session) -> None:
        session.execute(_delete_statement(city, Period.DAY, edges[0], edges[-1]))
        insert_counts(session, rows)
        counts = add_up(
            (ResponseKey(*key), to_counter(stored))
            for *key, stored in session.execute(_days_query(city, month, month_end))
        )
        session.execute(_delete_statement(city, Period.MONTH, month, month_end))
        month_rows = list(_list_rows(city, Period.MONTH, month, counts))
        if is_month_shown(month_end, now):
            shown = suppress_small_counts(counts)
            month_rows += _list_rows(city, Period.MONTH, month, shown, hides_few=True)
        insert_counts(session, month_rows)

    run_transaction(work, idempotent=True)


def suppress_small_counts(counts: CountsByKey) -> CountsByKey:
    """Return the counts of the kinds of which a type has not few.

    counts: of each type.
    """
    return {key: each for key, each in counts.items() if each.total() >= MIN_RIDES_SHOWN}


def add_up(counts: Iterable[tuple[ResponseKey, Counter[int]]]) -> CountsByKey:
    """Return the sums by key."""
    sums: dict[ResponseKey, Counter[int]] = defaultdict(Counter)
    for key, each in counts:
        sums[key].update(each)
    return sums


def to_counter(counts: Sequence[int]) -> Counter[int]:
    """Return how many there are in each bucket, of what is stored."""
    return Counter(dict(enumerate(counts)))


def to_array(counts: Counter[int]) -> list[int]:
    """Return what is stored: how many there are in each bucket, from the first one on."""
    return [counts[bucket] for bucket in range(max(counts) + 1)]


def _list_rows(
    city: City, period: Period, start: datetime, counts: CountsByKey, *, hides_few: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a day or month, of each type and of all types."""
    all_types = add_up((key._replace(form_factor=ALL_TYPES), each) for key, each in counts.items())
    for key, each in (*counts.items(), *all_types.items()):
        yield {
            "region": city.region,
            "city": city.name,
            "hides_few": hides_few,
            "period": period.value,
            "started_at": start,
            "counts": to_array(each),
            **key._asdict(),
        }


def insert_counts(session: Session, rows: Rows) -> None:
    """Write rows, also in place of what another process has written meanwhile."""
    insert_rows(
        session, upsert(table(ResponseTimeCounts), "counts", lambda _stored, new: new), rows
    )


def _days_query(
    city: City, start: datetime, end: datetime
) -> Select[tuple[str, str, str, list[int]]]:
    """Return the query of the days of each type, in the order of ``ResponseKey``."""
    columns = table(ResponseTimeCounts).c
    return select(columns.metric, columns.kind, columns.form_factor, columns.counts).where(
        columns.region == city.region,
        columns.city == city.name,
        columns.hides_few.in_((False,)),
        columns.form_factor.in_(_TYPES),
        columns.period == Period.DAY.value,
        columns.started_at >= start,
        columns.started_at < end,
    )


def _delete_statement(city: City, period: Period, start: datetime, end: datetime) -> Delete:
    columns = table(ResponseTimeCounts).c
    return delete(table(ResponseTimeCounts)).where(
        columns.region == city.region,
        columns.city == city.name,
        # All values of both, so that the rows are found by the primary key.
        columns.hides_few.in_((False, True)),
        columns.form_factor.in_((ALL_TYPES, *_TYPES)),
        columns.period == period.value,
        columns.started_at >= start,
        columns.started_at < end,
    )
