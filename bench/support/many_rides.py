"""A city with as many vehicles, ended rides and ledger entries as a bench asks for.

The rows are made by the server (``INSERT ... SELECT generate_series``), which is faster than to
send them.
"""

import hashlib
from uuid import UUID

from sqlalchemy import text

from webapp.db.keys import RowKey
from webapp.extensions import db

REGION = "us-east1"

#: Of so many vehicles one is ridden by a rider who does nothing else.
VEHICLES_PER_OPEN_RIDE = 200
#: Parameters: ``vehicles``, ``riders``, ``open_rides``. Each vehicle has had a ride, which was
#: charged.
FILL_STATEMENTS = (
    """
    INSERT INTO cities (name, label, region, timezone, currency, lat, lon)
    VALUES ('new york', 'New York', 'us-east1', 'America/New_York', 'USD', 40.73, -73.99)
    """,
    """
    INSERT INTO pricing_plans (id, city, form_factor, propulsion_type, version, name, currency,
        unlock_fee, segments, reserve_min, reservation_rate, reserve_max_min, tax_ppm, tax_included)
    VALUES (gen_random_uuid(), 'new york', '', '', 1, 'Bench', 'USD', 100, '[]', 15, 0, 15, 0, true)
    """,
    """
    INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash)
    SELECT 'us-east1', md5('rider ' || n)::uuid, 'new york', 'rider' || n,
        'rider' || n || '@example.org', 'Ada', 'King', ''
    FROM generate_series(1, :riders) n
    """,
    """
    INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state, lat,
        lon, cell)
    SELECT 'us-east1', md5('vehicle ' || n)::uuid, 'new york', 'scooter_standing', 'electric', '',
        '', 'available', lat, lon, floor((lat + 90) * 100) * 36000 + floor((lon + 180) * 100)
    FROM (
        SELECT n, 40.4 + n % 997 * 0.0006 AS lat, -74.3 + n % 991 * 0.0006 AS lon
        FROM generate_series(1, :vehicles) n
    ) grid
    """,
    """
    INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at,
        price, currency)
    SELECT 'us-east1', md5('ride ' || n)::uuid, 'new york', md5('vehicle ' || n)::uuid, 'us-east1',
        md5('rider ' || 1 + n % :riders)::uuid, now() - n * interval '1 minute',
        now() - n * interval '1 minute' + interval '10 minutes', 100, 'USD'
    FROM generate_series(1, :vehicles) n
    """,
    """
    INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id)
    SELECT 'us-east1', md5('open ride ' || n)::uuid, 'new york', md5('vehicle ' || n)::uuid,
        'us-east1', md5('rider ' || n)::uuid
    FROM generate_series(CAST(:riders AS int) - :open_rides + 1, :riders) n
    """,
    """
    UPDATE vehicles SET state = 'on_trip'
    WHERE (region, id) IN (SELECT region, vehicle_id FROM rides WHERE ended_at IS NULL)
    """,
    """
    INSERT INTO open_rides (region, rider_id, ride_region, ride_id, started_at)
    SELECT rider_region, rider_id, region, id, started_at FROM rides WHERE ended_at IS NULL
    """,
    """
    INSERT INTO events (region, id, kind, actor_region, actor_id, subject, details)
    SELECT 'us-east1', gen_random_uuid(), 'ride.started', 'us-east1', rider_id,
        'ride us-east1.' || id, '{}'
    FROM rides
    """,
    """
    INSERT INTO wallet_entries (region, id, rider_id, kind, currency, ride_id, note, at)
    SELECT 'us-east1', md5('ride ' || n)::uuid, md5('rider ' || 1 + n % :riders)::uuid, 'ride',
        'USD', md5('ride ' || n)::uuid, '', now() - n * interval '1 minute'
    FROM generate_series(1, :vehicles) n
    """,
    """
    INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note)
    SELECT 'us-east1', md5('credit ' || n)::uuid, md5('rider ' || n)::uuid, 'credit', 'USD', ''
    FROM generate_series(1, :riders) n
    """,
    """
    INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount, in_balance)
    SELECT entries.region, entries.id, sides.account,
        CASE sides.account WHEN 'rider' THEN entries.rider_id END, 'USD', sides.amount,
        sides.account = 'rider'
    FROM wallet_entries entries
    JOIN (VALUES ('ride', 'rider', -100), ('ride', 'revenue', 100), ('credit', 'rider', 10000000),
        ('credit', 'promotions', -10000000)) AS sides (kind, account, amount) USING (kind)
    """,
    """
    INSERT INTO wallet_balances (region, rider_id, currency, amount)
    SELECT region, rider_id, currency, sum(amount) FROM wallet_lines WHERE in_balance
    GROUP BY region, rider_id, currency
    """,
)


def fill_database(vehicle_count: int, rider_count: int) -> None:
    """Replace what the database holds by so many vehicles with a ride each, and so many riders."""
    engine = db.engines["write"].execution_options(isolation_level="AUTOCOMMIT")
    tables = ", ".join(table.name for table in db.metadata.sorted_tables)
    values = {
        "vehicles": vehicle_count,
        "riders": rider_count,
        "open_rides": vehicle_count // VEHICLES_PER_OPEN_RIDE,
    }
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.connection.dbapi_connection.answer_timeout_s = None  # type: ignore[union-attr]
        connection.execute(text(f"TRUNCATE {tables}"))
        for statement in FILL_STATEMENTS:
            connection.execute(text(statement), values)
        connection.execute(text("VACUUM ANALYZE"))
        connection.invalidate()  # its settings go with it


def row_key(name: str) -> RowKey:
    """Return the key that ``fill_database`` gives to ``rider 1`` or ``vehicle 1``."""
    return RowKey(REGION, UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()))
