"""What is read of subscriptions and runs costs the same however many there are."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_plan, explain_writes, vacuum
from tests.factories import UserFactory, find_city
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.feed_subscriptions.steps import REGION
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.fleet.feed_subscriptions.queries import find_runs_for_staff, list_subscriptions
from webapp.fleet.feed_subscriptions.statements import enqueue_due_statement

TABLES = ("feed_subscriptions", "feed_runs")
SUBSCRIPTIONS = text("""
    INSERT INTO feed_subscriptions (region, id, city, source, digest, access, period_s, due_at, created_at)
    SELECT 'us-east1', gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'boston' ELSE 'new york' END,
        'a.example/' || n, n, 'sealed', 300,
        now() + (n - 3) * interval '1 hour', now() - n * interval '1 minute'
    FROM generate_series(1, 2000) AS n
""")
RUNS = text("""
    INSERT INTO feed_runs (region, id, subscription_id, ended_at, duration_ms, result)
    SELECT 'us-east1', gen_random_uuid(), CASE WHEN n % 2 = 0 THEN :one ELSE :other END::uuid,
        now() - n * interval '1 minute', 1, 'unchanged'
    FROM generate_series(1, 6000) AS n
""")


@pytest.fixture
def feed_key(app: Flask) -> RowKey:
    """The key of one of many subscriptions, with many runs."""
    key, other = insert_feed(app, runs=0), insert_feed(app, runs=0)
    later = datetime.now(UTC) + timedelta(days=1)
    with app.app_context(), connect_to_fill_tables() as connection:
        connection.execute(SUBSCRIPTIONS)
        connection.execute(RUNS, {"one": str(key.id), "other": str(other.id)})
        update = text("UPDATE feed_subscriptions SET due_at = :later WHERE vehicle_count = 840")
        connection.execute(update, {"later": later})
    return key


@pytest.mark.postgresql_plans
def test_workers_find_the_few_that_are_due_by_an_index(app_context: None, feed_key: RowKey) -> None:
    vacuum(*TABLES)
    (plan,) = explain_writes(lambda: execute_write(enqueue_due_statement(REGION)))
    assert "ix_feed_subscriptions_due" in plan.indexes
    assert "feed_subscriptions" not in plan.read_whole
    assert plan.table_rows < 30


@pytest.mark.postgresql_plans
@pytest.mark.parametrize("minutes", [None, 300])
def test_a_page_of_runs_reads_what_it_shows(
    app_context: None, feed_key: RowKey, make_user: UserFactory, minutes: int | None
) -> None:
    staff = make_user(roles=["fleet"])
    after = (datetime.now(UTC) - timedelta(minutes=minutes), UUID(int=1)) if minutes else None
    vacuum(*TABLES)
    plan = explain_plan(lambda: find_runs_for_staff(staff, feed_key, after))
    assert plan.indexes == {"pk_feed_subscriptions", "ix_feed_runs_subscription"}
    assert plan.table_rows < 20


@pytest.mark.postgresql_plans
def test_a_page_of_the_list_reads_what_it_shows(app_context: None, feed_key: RowKey) -> None:
    city = find_city("boston")
    vacuum(*TABLES)
    plan = explain_plan(lambda: list_subscriptions([city], None))
    assert plan.indexes == {"ix_feed_subscriptions_city"}
    assert plan.table_rows < 20
