"""The pages of owners read few rows, however many rides their vehicles had."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_reads, vacuum
from tests.factories import UserFactory, find_city
from tests.rides.earnings.steps import insert_share
from webapp.rides.earnings.queries.earnings import list_vehicle_earnings, read_city_earnings
from webapp.rides.earnings.queries.owner_statement import read_statement
from webapp.rides.earnings.queries.shares import find_owner_shares, list_owners

#: 2,000 vehicles with five rides in each of twelve months, and of each month all parts.
ENTRIES = text(
    "INSERT INTO owner_entries (region, id, city, owner_id, kind, currency, amount, net_price,"
    " basis_points, ride_id, vehicle_id, month) SELECT 'us-east1', gen_random_uuid(), 'new york',"
    " :owner_id, 'ride', 'USD', 30, 100, 3000, gen_random_uuid(), vehicle.id, month.day"
    " FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 2000)) AS vehicle,"
    " generate_series('2026-01-01'::date, '2026-12-01', '1 month') AS month (day),"
    " generate_series(1, 5)"
)
MONTHS = text(
    "INSERT INTO owner_months (region, id, owner_id, city, month, part, currency, rides, net_price,"
    " earned, paid) SELECT 'us-east1', gen_random_uuid(), :owner_id, 'new york', month.day, part,"
    " 'USD', 1250, 125000, 37500, 0"
    " FROM generate_series('2026-01-01'::date, '2026-12-01', '1 month') AS month (day),"
    " generate_series(0, 7) AS part"
)
PAGE = 26


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_the_pages_of_a_large_owner_read_the_rows_of_their_vehicles_alone(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", PAGE - 1)
    owner = make_user()
    insert_share(app, owner)
    with app.app_context():
        city = find_city()
        with connect_to_fill_tables() as connection:
            for statement in (ENTRIES, MONTHS):
                connection.execute(statement, {"owner_id": owner.id})
        vacuum("owner_entries", "owner_months")
        june = date(2026, 6, 1)
        pages = {
            lambda: list_vehicle_earnings(owner.key, city, june, None): PAGE * 5 * 3,
            lambda: read_city_earnings(owner.key): 8 * 12 * 3,
            lambda: read_statement(city, owner.key): 8 * 12 * 3,
            lambda: list_owners(city, None): 8 * 12 * 3,
            lambda: find_owner_shares(city, owner.key): 8 * 12 * 3,
        }
        for read, most in pages.items():
            for plan in explain_reads(read):
                assert plan.table_rows < most, plan.rows_read
                assert "owner_entries" not in plan.read_whole
