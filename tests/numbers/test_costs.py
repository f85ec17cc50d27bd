"""What the pages of numbers read does not grow with vehicles and rides, nor with the time that is
counted: just the sums of their range, by the primary key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import find_city
from tests.numbers.full_tables import CELLS, DAYS, TABLES, fill_tables, list_dimensions
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import ALL_TYPES, DayMetric, Metric
from webapp.numbers.places.queries import read_cells, read_flows
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import PERIODS, RangeName, make_range
from webapp.numbers.response_times.enums import ResponseMetric
from webapp.numbers.response_times.queries import read_response_times
from webapp.numbers.retention.queries import read_cohorts
from webapp.numbers.unmet_demand.queries import read_unmet_demand
from webapp.numbers.usage.enums import EVENTS, UsageStep
from webapp.numbers.usage.queries import read_usage
from webapp.regions.models import City

pytestmark = pytest.mark.postgresql_plans

#: Fewer than there can be: the test is to be quick.
FEW_BUCKETS, FEW_CELLS = range(2), CELLS[:50]
#: What the overview shows of a period, and the page of response times.
OVERVIEW = len(list_dimensions([*Metric, *DayMetric], FEW_BUCKETS))
RESPONSES = len(list_dimensions(ResponseMetric))

#: Takes ``hides_few``; and how many rows it reads at most.
Read = tuple[Callable[..., object], int]


def list_reads(city: City) -> dict[str, Read]:
    """Return what each page reads, by a name."""
    now = datetime.now(UTC)
    year = make_range(RangeName.YEAR, city, now)
    all_months, months = [*year.previous_starts, *year.starts], (year.starts[-2], year.starts[-1])
    reads: dict[str, Read] = {
        "retention": (partial(read_cohorts, city, all_months), 2 * 24 * 25 // 2),
        "places": (partial(read_cells, city, months, ALL_TYPES), 2 * len(FEW_CELLS)),
        "flows": (partial(read_flows, city, months, ALL_TYPES), 2 * len(FEW_CELLS)),
        # And a row of each month, to see whether it is counted.
        "unmet demand": (partial(read_unmet_demand, city, months, None), 2 * len(FEW_CELLS) + 2),
    }
    for name in RangeName:
        time_range = make_range(name, city, now)
        read, periods = partial(read_totals, city, time_range), 2 * PERIODS[name][1]
        reads[f"overview {name}"] = (read, periods * OVERVIEW)
        if name is RangeName.DAY:
            continue  # of hours there is nothing else
        reads |= {
            f"response times {name}": (
                partial(read_response_times, city, time_range, None),
                periods * RESPONSES,
            ),
            f"usage {name}": (
                partial(read_usage, city, time_range),
                2 * DAYS * len(UsageStep) + periods * len(EVENTS),
            ),
        }
    return reads


@pytest.fixture
def full_city(app_context: None) -> Iterator[City]:
    """A city whose tables of numbers are full, beside another one."""
    with connect_to_fill_tables() as connection:
        cities = ["new york", "boston"]
        fill_tables(connection, cities, [FormFactor.BICYCLE], FEW_BUCKETS, FEW_CELLS)
    vacuum(*TABLES)
    yield find_city()
    with connect_to_fill_tables() as connection:
        for name in TABLES:
            connection.execute(text(f"DELETE FROM {name}"))


@pytest.mark.slow
def test_each_page_reads_just_the_sums_of_its_range(full_city: City) -> None:
    for name, (read, most_rows) in list_reads(full_city).items():
        for hides_few in (False, True):
            plan = explain_plan(partial(read, hides_few=hides_few))
            # Of a city they have 300, and some thousand rows.
            assert plan.read_whole <= {"rider_cohorts", "usage_counts"}, name
            assert all(index.startswith("pk_") for index in plan.indexes), name
            assert plan.table_rows <= most_rows, (name, hides_few, plan.rows_read)
