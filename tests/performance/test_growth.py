"""No page and no action reads more in a large database: every statement of the walk is executed in
one of 20,000 vehicles and rides, and PostgreSQL says what it has read."""

import pytest
from sqlalchemy.engine import URL

from bench.scale import Growth, measure_growth
from tests.bulk_rows import Size
from tests.databases import TEMPLATE
from webapp.riders.search_source import CANDIDATES

VEHICLES = 20_000
#: Vehicles, rides, their ledger and what else grows.
LARGE_TABLES = (
    "events", "login_sessions", "open_rides", "payments", "reports", "rides", "saved_vehicles",
    "users", "vehicles", "wallet_balances", "wallet_entries", "wallet_lines",
)  # fmt: skip
#: The most rows that the statements of a request read.
MOST_ROWS = 250
#: Where it may be more, and why.
EXCEPTIONS = {
    # A file of everything, 500 rows at a time.
    "all audit events as CSV, for each 500": 2 * VEHICLES,
    # All rides of one person.
    "rides by month, a frequent rider": VEHICLES // 20 + MOST_ROWS,
    # By the index of words, or by a scan that ends when the page is full, as the statistics say.
    "free vehicles by words, range and price": 2_000,
    "a search without a result: what is like it": 3 * MOST_ROWS,
    "the search of staff": 2_000,
    "a search also for riders: counted and recorded": 2_000,
    # All riders here are called Ada: of each of three matches of four columns, CANDIDATES are read,
    # and those that are looked at to find them.
    "users by a part of a name: counted and recorded": 2 * 3 * 4 * CANDIDATES,
    # With the open reports of a city, of one in a hundred vehicles here.
    # Its tables of jobs and of alerts are small here: they may be read whole, as statistics say.
    "the board of a city": 3 * MOST_ROWS,
    "the board of all cities": 3 * MOST_ROWS,
    "the numbers of an open board": 2 * MOST_ROWS,
    # The addresses of 300 vehicles, for words with a mistake.
    "a search for help and places": 2 * MOST_ROWS,
    # Some forty statements: tables that are small here are read whole.
    "personal data as one file": 1_000,
    "deleting the account": 1_000,
    # All vehicles that match, at most MAX_VEHICLES, are acted on; their results are counted.
    "the preview of a bulk action": 2 * VEHICLES,
    "starting a bulk action": 4 * VEHICLES,
    "a bulk action with its results": 3 * VEHICLES,
    "the results as CSV, for each 1,000": 2 * VEHICLES,
    # With their vehicles, plans and riders. For each ride PostgreSQL reads all of the few plans that
    # the walk has made, and each plan more is a row more.
    "rides as CSV, for each 1,000": 7 * VEHICLES + MOST_ROWS,
    # And small tables of the walk, read whole.
    "the preview of undoing a bulk action": 4 * VEHICLES + 2 * MOST_ROWS,
    "undoing a bulk action": 8 * VEHICLES,
    # The service times of all reports of 30 days.
    "the reports of a city": VEHICLES // 5,
    "API: reports for staff": VEHICLES // 5,
    # A map counts the vehicles in its window, and what has changed in it up to 500.
    "the vehicles of a map window": 2_000,
    "API: the vehicles of a map window": 2_000,
    # Files of a whole city, made once in GBFS_MAX_AGE_S.
    "the vehicles of a city as GBFS": 2 * VEHICLES,
    "the vehicle types of a city as GBFS": 2 * VEHICLES,
    "the prices of a city as GBFS": 2 * VEHICLES,
    "the zones of a city as GBFS": 2 * VEHICLES,
    # The whole city, once; what has changed since is read by an index.
    "API: watching the vehicles of a city, at first": 2 * VEHICLES,
    # Clusters of what was counted by cell and type beforehand.
    "the vehicles of a map window, for staff": 3_000,
    "the changes in a map window": 700,
    # Counts by cell and type: here almost each vehicle stands in a cell of its own.
    "a map window, a city": VEHICLES * 5 // 4,
}


@pytest.mark.postgresql_plans
def test_the_statements_of_a_request_read_few_rows_of_large_tables(
    server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.render_as_string(hide_password=False)
    monkeypatch.setenv("MOVR_BENCH_SERVER", url)
    monkeypatch.setenv("MOVR_BENCH_TEMPLATE", TEMPLATE)
    steps = measure_growth([Size(VEHICLES)]).rows
    assert len(steps) > 100
    large_tables = {f"all of {name}" for name in LARGE_TABLES}
    read_whole, too_many = {}, {}
    for step in steps:
        assert isinstance(step, Growth)
        if step.rows[VEHICLES] > EXCEPTIONS.get(step.label, MOST_ROWS):
            too_many[step.label] = step.rows[VEHICLES], step.reads
        if step.label not in EXCEPTIONS and step.reads & large_tables:
            read_whole[step.label] = step.reads & large_tables
    assert too_many == {}
    assert read_whole == {}
