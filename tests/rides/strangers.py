"""Many other riders, for tests of what a rider's statements read."""

from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, vacuum
from webapp.extensions import db

STRANGERS = 1_000
#: Accounts, vehicles, money, former rides and former reports of others.
STRANGERS_STATEMENTS = (
    """INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash)
    SELECT 'us-east1', md5('rider ' || n)::uuid, 'new york', 'stranger' || n,
        'stranger' || n || '@example.org', 'Ada', 'King', '' FROM generate_series(1, :number) n""",
    """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state,
        lat, lon, cell)
    SELECT 'us-east1', md5(word || n)::uuid, 'new york', 'scooter_standing', 'electric', '', '',
        'available', 40.75, -73.98, 1
    FROM generate_series(1, :number) n, unnest(ARRAY['ridden ', 'reserved ']) word""",
    """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
    SELECT 'us-east1', gen_random_uuid(), 'new york', md5('ridden ' || n)::uuid, 'us-east1',
        md5('rider ' || n)::uuid, now() - interval '1 day', now()
    FROM generate_series(1, :number) n""",
    """INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note)
    SELECT 'us-east1', md5('entry ' || n)::uuid, md5('rider ' || n)::uuid, 'credit', 'USD', ''
    FROM generate_series(1, :number) n""",
    """INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount)
    SELECT 'us-east1', md5('entry ' || n)::uuid, account,
        CASE account WHEN 'rider' THEN md5('rider ' || n)::uuid END, 'USD', amount
    FROM generate_series(1, :number) n,
        (VALUES ('rider', 10), ('promotions', -10)) AS sides (account, amount)""",
    """INSERT INTO reports (region, id, city, vehicle_id, kind, critical, note, state, answer)
    SELECT 'us-east1', gen_random_uuid(), 'new york', md5('reserved ' || n)::uuid, 'damage', true,
        '', 'resolved', '' FROM generate_series(1, :number) n""",
)
#: By day each of them rides a vehicle, and has reserved, reported and saved another.
DAY_STATEMENTS = (
    """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, paused_at)
    SELECT 'us-east1', md5('ride ' || n)::uuid, 'new york', md5('ridden ' || n)::uuid, 'us-east1',
        md5('rider ' || n)::uuid, now() FROM generate_series(1, :number) n""",
    """UPDATE vehicles SET state = 'on_trip' FROM generate_series(1, :number) n
    WHERE region = 'us-east1' AND id = md5('ridden ' || n)::uuid""",
    """UPDATE vehicles SET state = 'reserved', reserved_until = now() + interval '1 day'
    FROM generate_series(1, :number) n
    WHERE region = 'us-east1' AND id = md5('reserved ' || n)::uuid""",
    """INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at)
    SELECT 'us-east1', md5('rider ' || n)::uuid, 'us-east1', md5('ride ' || n)::uuid, now()
    FROM generate_series(1, :number) n""",
    """INSERT INTO reservations (region, rider_id, id, vehicle_region, vehicle_id, reserved_at, until)
    SELECT 'us-east1', md5('rider ' || n)::uuid, gen_random_uuid(), 'us-east1',
        md5('reserved ' || n)::uuid, now(), now() + interval '1 day'
    FROM generate_series(1, :number) n""",
    """INSERT INTO reports (region, id, city, vehicle_id, kind, critical, note, state, answer)
    SELECT 'us-east1', gen_random_uuid(), 'new york', md5('reserved ' || n)::uuid, 'damage', true,
        '', 'new', '' FROM generate_series(1, :number) n""",
    """INSERT INTO saved_vehicles (region, vehicle_id, rider_region, rider_id, waiting_at)
    SELECT 'us-east1', md5('reserved ' || n)::uuid, 'us-east1', md5('rider ' || n)::uuid, now()
    FROM generate_series(1, :number) n""",
)
#: Tables that are empty at night.
DAY_TABLES = ("open_rides", "reservations", "saved_vehicles")
FORGET_COLUMNS = """
    SELECT pg_clear_attribute_stats('public', '{0}', attname, false) FROM pg_attribute
    WHERE attrelid = '{0}'::regclass AND attnum > 0 AND NOT attisdropped"""
TABLES = (
    "users", "vehicles", "rides", *DAY_TABLES, "reports", "wallet_entries", "wallet_lines"
)  # fmt: skip


@pytest.fixture(params=["of the night", "of now"])
def strangers(app_context: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Many other riders, with PostgreSQL's statistics of now or of the night, when nobody rode."""
    # Autovacuum may come in the middle, count pages without rows, and then expect not one row.
    _execute([f"ALTER TABLE {name} SET (autovacuum_enabled = false)" for name in TABLES])
    _execute(STRANGERS_STATEMENTS)
    if request.param == "of the night":
        # VACUUM keeps the empty pages of a table that somebody else reads.
        _execute([f"TRUNCATE {', '.join(DAY_TABLES)}"])
        vacuum(*TABLES)
        # ANALYZE leaves those of an empty table as they are, here as an earlier test left them.
        _execute(map(FORGET_COLUMNS.format, DAY_TABLES))
    _execute(DAY_STATEMENTS)
    if request.param == "of now":
        vacuum(*TABLES)
    yield
    with db.engines["write"].begin() as connection:
        for name in reversed(TABLES):
            connection.execute(text(f"DELETE FROM {name}"))
    vacuum(*TABLES)
    _execute([f"ALTER TABLE {name} RESET (autovacuum_enabled)" for name in TABLES])


def _execute(statements: Iterable[str]) -> None:
    with connect_to_fill_tables() as connection:
        for statement in statements:
            connection.execute(text(statement), {"number": STRANGERS})
