"""The totals that pages read follow from the rollups, and few of their rows are read."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import VehicleFactory, find_city
from tests.numbers.steps import Event, make_history, read_rollups
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.enums import Period
from webapp.numbers.models import RollupProgress, RollupTotal
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import RangeName, make_range
from webapp.numbers.services import roll_up, update_rollups
from webapp.regions.models import City

pytestmark = pytest.mark.usefixtures("app_context")

DAY = timedelta(days=1)
#: A day of each of 5 types, for all and for those who may not see persons, over two years.
MANY_TOTALS = """
    INSERT INTO rollup_totals
        (region, city, hides_few, form_factor, period, started_at, metric, dimension, value)
    SELECT :region, :city, hides_few, form_factor, period, day, metric, dimension::text, 50
    FROM (SELECT date_trunc('day', now()) - n * interval '1 day' AS day, 'day' AS period
          FROM generate_series(0, 400) n
          UNION ALL SELECT date_trunc('month', now()) - n * interval '1 month', 'month'
          FROM generate_series(0, 23) n) AS days,
         (VALUES (true), (false)) AS audiences (hides_few),
         unnest(ARRAY['', 'bicycle', 'cargo_bicycle', 'scooter_standing', 'moped']) AS form_factor,
         (SELECT 'idle_times' AS metric, generate_series(0, 40) AS dimension
          UNION ALL SELECT 'events', generate_series(0, 20)) AS metrics"""


def read_stored_totals(city: City) -> dict[tuple[Any, ...], int]:
    """Return the values of all totals of a city, by the other columns."""
    totals = table(RollupTotal).c
    query = select(*list(totals)[2:]).where(totals.city == city.name)
    return {tuple(key): value for *key, value in db.session.execute(query)}


def sum_rollups(city: City) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the sums of days and months of all types and of each, by the columns of totals."""
    for period in (Period.DAY, Period.MONTH):
        for (start, metric, dimension, form), value in read_rollups(city, period).items():
            yield (form, period.value, start, metric, dimension), value
            yield ("", period.value, start, metric, dimension), value


def test_totals_are_the_sums_of_rollups_of_each_type_and_of_all(
    make_vehicle: VehicleFactory,
) -> None:
    source, city, now = random.Random(2), find_city(), datetime.now(UTC)
    for form_factor in ("bicycle", "moped"):
        ages = sorted((source.random() * 70 * DAY for _ in range(30)), reverse=True)
        states = ("available", "non_operational", "on_trip")
        make_history(
            make_vehicle,
            [Event(now - age, source.choice(states), ["located"]) for age in ages],
            form_factor=form_factor,
        )
    update_rollups(city)
    roll_up(city, now - 3 * DAY, now)
    expected = Counter[tuple[str, ...]]()
    for key, value in sum_rollups(city):
        expected[key] += value
    stored = {
        (form, period, f"{start.astimezone(UTC):%m-%d %H:%M}", metric, dimension): value
        for (hides_few, form, period, metric, start, dimension), value in read_stored_totals(
            city
        ).items()
        if not hides_few
    }
    assert stored == expected


def test_totals_that_a_former_release_has_not_written_are_added(
    make_vehicle: VehicleFactory,
) -> None:
    city, now = find_city(), datetime.now(UTC)
    make_history(make_vehicle, [Event(now - 70 * DAY, "available"), Event(now - DAY, "removed")])
    update_rollups(city)
    whole, progress = read_stored_totals(city), table(RollupProgress)
    with db.engines["write"].begin() as connection:
        connection.execute(update(progress).values(response_times_until=None))
        connection.execute(delete(table(RollupTotal)))
    update_rollups(city)
    assert read_stored_totals(city) == whole


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.parametrize("hides_few", [False, True])
@pytest.mark.parametrize(
    ("name", "most_rows"), [(RangeName.QUARTER, 11_500), (RangeName.YEAR, 1_500)]
)
def test_a_page_reads_just_the_totals_that_it_shows(
    name: RangeName, most_rows: int, hides_few: bool
) -> None:
    """Of 260,000 rows of the city."""
    city, now = find_city(), datetime.now(UTC)
    with connect_to_fill_tables() as connection:
        connection.execute(text(MANY_TOTALS), {"region": city.region, "city": city.name})
    vacuum("rollup_totals")
    time_range = make_range(name, city, now)
    plan = explain_plan(lambda: read_totals(city, time_range, hides_few=hides_few))
    assert not plan.read_whole
    assert 1_400 < plan.table_rows <= most_rows
