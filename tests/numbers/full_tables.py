"""The tables of numbers as full as they get, however many vehicles and rides there are: each metric
has each dimension, and each cell each day."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.vehicle_events.enums import EventType
from webapp.numbers.enums import ALL_TYPES, DayMetric, Metric
from webapp.numbers.places.cells import find_cell
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.usage.enums import UsageStep

DAYS, HOURS, MONTHS = 190, 600, 24
#: Of a city of 600 km²: they are half a kilometre to a kilometre apart.
CELLS = sorted(
    {find_cell(40.6 + n // 40 * 0.006, -74.1 + n % 40 * 0.008) or 0 for n in range(1600)}
)
#: How long vehicles stand and people wait, in buckets: from a minute to a week.
BUCKETS = range(42)
TABLES = (
    "rollup_totals", "rollups", "response_times", "cell_rides", "ride_flows", "rider_cohorts", "unmet_demand",
    "unmet_demand_months",     "usage_counts",
)  # fmt: skip


def list_dimensions(metrics: Iterable[str], buckets: Sequence[int] = BUCKETS) -> list[str]:
    """Return all that these metrics count, as ``metric/dimension``."""
    dimensions: dict[str, Iterable[object]] = {
        Metric.STATE_TIME: VehicleState,
        Metric.EVENTS: EventType,
        Metric.IDLE_TIMES: buckets,
        Metric.REVENUE: ["USD"],
        DayMetric.REFUNDS: ["USD"],
        ResponseMetric.REPORT_FIRST_ACTION: ReportKind,
        ResponseMetric.REPORT_ANSWER: ReportKind,
        ResponseMetric.TASK_START: TaskKind,
        ResponseMetric.TASK_DONE: TaskKind,
    }
    return [f"{metric}/{each}" for metric in metrics for each in dimensions.get(metric, [""])]


_CITIES = "(SELECT region, name AS city, timezone FROM cities WHERE name = ANY(:cities)) AS places"
_AUDIENCES = "(VALUES (false), (true)) AS audiences (hides_few)"
_SPLIT = "split_part(counted, '/', 1), split_part(counted, '/', 2)"
_STARTS = """generate_series(0, {count} - 1) AS n,
    LATERAL (
        SELECT (date_trunc('{unit}', now() AT TIME ZONE timezone) - n * interval '1 {unit}')
            AT TIME ZONE timezone AS at
    ) starts"""
_TOTALS = f"""
    INSERT INTO rollup_totals
        (region, city, hides_few, form_factor, period, metric, dimension, started_at, value)
    SELECT region, city, hides_few, form_factor, '{{unit}}', {_SPLIT}, at, 50
    FROM {_CITIES}, {_AUDIENCES}, unnest(CAST(:types AS text[])) AS form_factor,
        unnest(CAST(:counted AS text[])) AS counted, {_STARTS}"""
_RESPONSE_TIMES = f"""
    INSERT INTO response_times
        (region, city, hides_few, form_factor, period, started_at, metric, kind, counts)
    SELECT region, city, hides_few, form_factor, '{{unit}}', at, {_SPLIT},
        array_fill(50::bigint, ARRAY[CAST(:buckets AS int)])
    FROM {_CITIES}, {_AUDIENCES}, unnest(CAST(:types AS text[])) AS form_factor,
        unnest(CAST(:responses AS text[])) AS counted, {_STARTS}"""
_CELLS = "unnest(CAST(:cells AS bigint[]))"
_MONTHS = _STARTS.format(unit="month", count=MONTHS)
STATEMENTS = (
    _TOTALS.format(unit="month", count=MONTHS),
    _TOTALS.format(unit="day", count=DAYS),
    _RESPONSE_TIMES.format(unit="month", count=MONTHS),
    # Those who may not see persons get them by month only.
    _RESPONSE_TIMES.format(unit="day", count=DAYS) + " WHERE NOT hides_few",
    f"""INSERT INTO rollups
        (region, city, period, started_at, metric, dimension, form_factor, value)
    SELECT region, city, 'hour', date_trunc('hour', now()) - n * interval '1 hour', {_SPLIT},
        form_factor, 50
    FROM {_CITIES}, generate_series(0, {HOURS} - 1) AS n,
        unnest(CAST(:types AS text[])) AS form_factor,
        unnest(CAST(:counted_hours AS text[])) AS counted
    WHERE form_factor <> ''""",
    f"""INSERT INTO cell_rides
        (region, city, hides_few, form_factor, month_at, cell, starts, ends)
    SELECT region, city, hides_few, form_factor, at, cell, 50, 50
    FROM {_CITIES}, {_AUDIENCES}, unnest(CAST(:types AS text[])) AS form_factor, {_MONTHS},
        {_CELLS} AS cell""",
    f"""INSERT INTO ride_flows
        (region, city, hides_few, form_factor, month_at, start_cell, end_cell, rides)
    SELECT region, city, hides_few, form_factor, at, cell, cell, 50
    FROM {_CITIES}, {_AUDIENCES}, unnest(CAST(:types AS text[])) AS form_factor, {_MONTHS},
        (SELECT cell FROM {_CELLS} AS cell LIMIT 100) AS flows""",
    f"""INSERT INTO rider_cohorts (region, city, month_at, first_month_at, riders)
    SELECT region, city, at,
        (at AT TIME ZONE timezone - since * interval '1 month') AT TIME ZONE timezone, 50
    FROM {_CITIES}, {_MONTHS}, generate_series(0, {MONTHS} - 1 - n) AS since""",
    f"""INSERT INTO unmet_demand (region, city, day_at, form_factor, cell, origin, half_hours)
    SELECT region, city, at, form_factor, cell, region, 12345678
    FROM {_CITIES}, {_STARTS.format(unit="day", count=DAYS)},
        unnest(CAST(:types AS text[])) AS form_factor, {_CELLS} AS cell""",
    f"""INSERT INTO unmet_demand_months
        (region, city, hides_few, form_factor, month_at, cell, half_hours)
    SELECT region, city, hides_few, form_factor, at, cell, 50
    FROM {_CITIES}, {_AUDIENCES}, unnest(CAST(:types AS text[])) AS form_factor, {_MONTHS},
        {_CELLS} AS cell""",
    f"""INSERT INTO usage_counts (region, city, day_at, step, origin, number)
    SELECT region, city, at, step, region, 50
    FROM {_CITIES}, {_STARTS.format(unit="day", count=DAYS)},
        unnest(CAST(:steps AS text[])) AS step""",
)


def fill_tables(
    connection: Connection,
    cities: Sequence[str],
    form_factors: Sequence[FormFactor],
    buckets: Sequence[int] = BUCKETS,
    cells: Sequence[int] = CELLS,
) -> None:
    """Write the rows of some cities and types; the tables are empty.

    buckets: of durations; cells: of each city.
    """
    parameters = {
        "cities": list(cities),
        "types": [ALL_TYPES, *form_factors],
        "counted": list_dimensions([*Metric, *DayMetric], buckets),
        "counted_hours": list_dimensions(Metric, buckets),
        "responses": list_dimensions(ResponseMetric),
        "buckets": len(buckets),
        "steps": list(UsageStep),
        "cells": list(cells),
    }
    for statement in STATEMENTS:
        connection.execute(text(statement), parameters)
