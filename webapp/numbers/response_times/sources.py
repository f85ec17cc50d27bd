"""The query of response times: how many by kind and bucket of duration, when staff responded."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, select, union_all

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.enums import TaskState
from webapp.fleet.tasks.models import Task
from webapp.numbers.durations import duration_bucket_column
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.sources import period_column
from webapp.regions.models import City


class ResponseCount(NamedTuple):
    """How many reports or tasks waited for about as long, of those responded to in a period."""

    metric: str
    #: The period: 1 for the first one.
    period: int
    form_factor: str
    kind: str
    duration_bucket: int
    number: int


class ResponseKey(NamedTuple):
    """Of what the response times of a period are counted."""

    metric: str
    kind: str
    form_factor: str


#: How many have each bucket of duration.
CountsByKey = Mapping[ResponseKey, Counter[int]]


def read_response_counts(city: City, edges: Sequence[datetime]) -> dict[datetime, CountsByKey]:
    """Return how many reports and tasks there were in each of the days between edges, by when it
    began."""
    days: dict[datetime, dict[ResponseKey, Counter[int]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    for row in map(ResponseCount._make, db.session.execute(response_counts_query(city, edges))):
        key = ResponseKey(row.metric, row.kind, row.form_factor)
        days[edges[row.period - 1]][key][row.duration_bucket] += row.number
    return dict(days)


def response_counts_query(
    city: City, starts: Sequence[datetime]
) -> Select[tuple[str, int, str, str, int, int]]:
    """Return the query of ``ResponseCount`` of the periods.

    starts: when they begin, and at last when the last one ends.
    """
    reports, tasks = table(Report), table(Task)
    final_states = (ReportState.RESOLVED.value, ReportState.DISMISSED.value)
    parts = (
        (ResponseMetric.REPORT_FIRST_ACTION, reports, reports.c.first_action_at, literal(True)),
        (
            ResponseMetric.REPORT_ANSWER,
            reports,
            reports.c.answered_at,
            reports.c.state.in_(final_states),
        ),
        (ResponseMetric.TASK_START, tasks, tasks.c.started_at, literal(True)),
        (ResponseMetric.TASK_DONE, tasks, tasks.c.closed_at, tasks.c.state == TaskState.DONE.value),
    )
    counts = [_counts_query(city, starts, *part) for part in parts]
    return select(*union_all(*counts).subquery("counts").c)


def _counts_query(
    city: City,
    starts: Sequence[datetime],
    metric: ResponseMetric,
    rows: Any,  # a table with a kind, created_at, city and vehicle
    responded_at: ColumnElement[datetime | None],
    condition: ColumnElement[bool],
) -> Select[tuple[str, int, str, str, int, int]]:
    vehicles = table(Vehicle)
    key = (
        period_column(responded_at, starts).label("period"),
        vehicles.c.form_factor,
        rows.c.kind,
        duration_bucket_column(func.extract("epoch", responded_at - rows.c.created_at)).label(
            "class"
        ),
    )
    is_vehicle = and_(vehicles.c.region == rows.c.region, vehicles.c.id == rows.c.vehicle_id)
    return (
        select(literal(metric.value, String).label("metric"), *key, func.count().label("number"))
        .select_from(rows.join(vehicles, is_vehicle))
        .where(
            rows.c.region == city.region,
            rows.c.city == city.name,
            responded_at >= starts[0],
            responded_at < starts[-1],
            condition,
        )
        .group_by(*key)
    )
