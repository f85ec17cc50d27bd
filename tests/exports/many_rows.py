"""Many vehicles, rides, users and entries of the ledgers of two cities of a region."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from tests.explain import connect_to_fill_tables, vacuum

ROWS = 6_000
FILLED_TABLES = (
    "users",
    "vehicles",
    "rides",
    "wallet_entries",
    "wallet_lines",
    "revenue_shares",
    "owner_entries",
)
STATEMENTS = (
    """INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash,
        created_at)
    SELECT 'us-east1', md5('rider ' || n)::uuid, (ARRAY['new york', 'boston'])[n % 2 + 1], 'r' || n,
        'r' || n || '@example.org', 'Ada', 'King', '', now() - n * interval '1 minute'
    FROM generate_series(1, :number) n""",
    """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state,
        lat, lon, cell)
    SELECT 'us-east1', md5('vehicle ' || n)::uuid, (ARRAY['new york', 'boston'])[n % 2 + 1],
        'scooter_standing', 'electric', '', '', 'available', 40.75, -73.98, 1
    FROM generate_series(1, :number) n""",
    """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
    SELECT 'us-east1', md5('ride ' || n)::uuid, (ARRAY['new york', 'boston'])[n % 2 + 1],
        md5('vehicle ' || n)::uuid, 'us-east1', md5('rider ' || n)::uuid,
        now() - (n + 1) * interval '1 hour', now() - n * interval '1 hour'
    FROM generate_series(1, :number) n""",
    """INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note, at)
    SELECT 'us-east1', md5('entry ' || n)::uuid, md5('rider ' || n)::uuid, 'credit', 'USD', '',
        now() - n * interval '1 minute'
    FROM generate_series(1, :number) n""",
    """INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount)
    SELECT 'us-east1', md5('entry ' || n)::uuid, account,
        CASE account WHEN 'rider' THEN md5('rider ' || n)::uuid END, 'USD', amount
    FROM generate_series(1, :number) n,
        (VALUES ('rider', 10), ('promotions', -10)) AS sides (account, amount)""",
    """INSERT INTO revenue_shares (region, id, city, owner_region, owner_id, basis_points, note)
    SELECT 'us-east1', md5('share ' || n)::uuid, (ARRAY['new york', 'boston'])[n % 2 + 1],
        'us-east1', md5('rider ' || n)::uuid, 5000, ''
    FROM generate_series(1, :number) n""",
    """INSERT INTO owner_entries (region, id, city, owner_id, kind, currency, amount, month, at)
    SELECT 'us-east1', md5('earning ' || n)::uuid, (ARRAY['new york', 'boston'])[n % 2 + 1],
        md5('rider ' || n)::uuid, 'payout', 'USD', -10, date '2026-01-01',
        now() - n * interval '1 minute'
    FROM generate_series(1, :number) n""",
)


@contextmanager
def many_rows() -> Iterator[None]:
    """Fill the tables with ROWS rows each, half of them of New York; empty them at the end."""
    for statement in STATEMENTS:
        with connect_to_fill_tables() as connection:
            connection.execute(text(statement), {"number": ROWS})
    # After a test with more rows an index has so many pages that sorting the table seems faster.
    vacuum(*FILLED_TABLES, full=True)
    yield
    with connect_to_fill_tables() as connection:
        for name in reversed(FILLED_TABLES):
            connection.execute(text(f"DELETE FROM {name}"))
    vacuum(*FILLED_TABLES)
