"""The pages of owners read few rows, however many rides their vehicles had."""

from datetime import date
from functools import partial
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.explain import connect_to_fill_tables, explain_plan, explain_reads, vacuum
from tests.factories import UserFactory, find_city
from tests.rides.earnings.steps import insert_share
from webapp.auth.models import User
from webapp.db.paging import read_uuid_cursor
from webapp.db.types import table
from webapp.extensions import db
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
OWNERS = text(
    "INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash)"
    " SELECT 'us-east1', gen_random_uuid(), 'new york', 'o' || n, 'o' || n, 'O', 'O', ''"
    " FROM generate_series(1, 2000) AS n"
)
SHARES = text(
    "INSERT INTO revenue_shares (region, id, city, owner_region, owner_id, basis_points, note)"
    " SELECT 'us-east1', gen_random_uuid(), 'new york', region, id, 3000, ''"
    " FROM users, generate_series(1, 5)"
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


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_the_list_of_owners_reads_the_shares_of_those_on_the_page_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 2,000 owners with five shares each; pages follow each other without a gap."""
    monkeypatch.setitem(app.config, "PAGE_SIZE", PAGE - 1)
    with app.app_context():
        with connect_to_fill_tables() as connection:
            connection.execute(OWNERS)
            connection.execute(SHARES)
        vacuum("revenue_shares", "users", "owner_months", "owner_entries")
        city, after, seen = find_city(), None, list[UUID]()
        for _ in range(3):
            plan = explain_plan(partial(list_owners, city, after))
            # Each of an owner's five shares, the current one and the next one. Small tables of the
            # test are read whole.
            rows = sum(n for node, n in plan.rows_read.items() if "revenue_shares" in node)
            assert 0 < rows <= PAGE * 8, plan.rows_read
            assert "revenue_shares" not in plan.read_whole
            page = list_owners(city, after)
            seen += [row.owner.id for row in page.rows]
            after = read_uuid_cursor(page.after)
        ids = db.session.scalars(select(table(User).c.id).order_by(table(User).c.id).limit(75))
        assert seen == list(ids)
