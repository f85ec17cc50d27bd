"""Many vehicles in New York, for tests of the indexes."""

from collections.abc import Mapping

from sqlalchemy import text

from tests.explain import connect_to_fill_tables, vacuum

#: The columns of each vehicle: SQL with its number ``n``, and ``lat`` and ``lon`` in a grid.
COLUMNS = {
    "region": "'us-east1'",
    "id": "gen_random_uuid()",
    "city": "'new york'",
    "form_factor": "'other'",
    "propulsion_type": "'electric'",
    "brand": "''",
    "color": "''",
    "state": "'available'",
    "lat": "lat",
    "lon": "lon",
    "cell": "floor((lat + 90) * 100) * 36000 + floor((lon + 180) * 100)",
}


def insert_large_fleet(values: Mapping[str, object] | None = None, **columns: str) -> None:
    """Insert 20,000 vehicles.

    columns: SQL of further columns, or of others than in ``COLUMNS``; values: its parameters.
    """
    vacuum("vehicles", full=True)  # the pages of earlier tests would make indexes look expensive
    expressions = {**COLUMNS, **columns}
    statement = text(
        f"INSERT INTO vehicles ({', '.join(expressions)}) SELECT {', '.join(expressions.values())}"
        " FROM (SELECT n, 40.4 + (n % 141) * 0.005 AS lat, -74.3 + (n / 141) * 0.005 AS lon"
        " FROM generate_series(CAST(:first AS int), :first + 1999) n) grid"
    )
    for first in range(1, 20_000, 2_000):
        with connect_to_fill_tables() as connection:
            connection.execute(statement, {**(values or {}), "first": first})
    vacuum("vehicles")
