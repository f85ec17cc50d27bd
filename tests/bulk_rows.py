"""Fills a database with up to millions of vehicles, rides and ledger entries, by COPY.

The benches and the test of growth use it. The same numbers make the same rows. Vehicles stand around
the centre of their city, most of them near it. One in 20 is on a ride, others are reserved or out of
service; ``list_free_riders`` names riders who can start a ride.
"""

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

import psycopg2
from psycopg2 import extensions as pg
from sqlalchemy.engine import URL

from tests.databases import CITIES
from webapp.db.keys import RowKey
from webapp.regions.geography import Point

#: How far vehicles are from the centre of their city, degrees (standard deviation).
SPREAD = 0.04
#: One rider has had a part of all rides, but at most so many.
FREQUENT_RIDER, FREQUENT_PART, FREQUENT_RIDES = 1, 20, 20_000
#: One of so many vehicles is on a ride now.
OPEN_RIDE_PART = 20
NOW = datetime.now(UTC).replace(microsecond=0)
#: Long after the slowest run of all tests: an expired reservation is read by other statements.
RESERVED_UNTIL = NOW + timedelta(days=1)
#: Tables with more rows than this get their indexes after their rows.
INDEX_AFTER = 20_000
BATCH = 10_000
#: Of a million random codes two are often the same.
CODE_DIGITS = str.maketrans("0123456789abcdef", "23456789ACDEHKMX")
#: What each rider has been given, minor units: more than any of them owes.
CREDIT = 10_000_000
BALANCES = """
    INSERT INTO wallet_balances (region, rider_id, currency, amount)
    SELECT region, rider_id, currency, sum(amount) FROM wallet_lines WHERE rider_id IS NOT NULL
    GROUP BY 1, 2, 3
"""
#: As a worker has counted them.
COUNTS = """
    INSERT INTO vehicle_counts (region, city, counted_as, number)
    SELECT region, city, counted_as, count(*) FROM vehicles GROUP BY 1, 2, 3;
    INSERT INTO vehicle_cell_counts (region, city, cell, counted_as, number)
    SELECT region, city, counted_cell, counted_as, count(*) FROM vehicles GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Size:
    """How many rows to make."""

    vehicles: int
    rides_per_vehicle: int = 1
    cities: int = 1

    @property
    def rides(self) -> int:
        return self.vehicles * self.rides_per_vehicle

    @property
    def riders(self) -> int:
        return max(10, self.vehicles // 2)


@dataclass(frozen=True)
class CityRow:
    """A city, and the region of all its rows."""

    name: str
    region: str
    timezone: str
    currency: str
    centre: Point


def row_key(city: CityRow, name: str) -> RowKey:
    """Return the key of ``rider 1`` or ``vehicle 1`` in its city."""
    return RowKey(city.region, _uuid(name))


def make_cities(count: int) -> list[CityRow]:
    """Return the cities: New York, and others in all three regions."""
    new_york, *others = CITIES
    rows = [CityRow(*new_york[:4], Point(*new_york[4:]))]
    for number in range(1, count):
        _, region, timezone, currency, lat, lon = (new_york, *others[1:])[number % 3]
        centre = Point(lat - 20 + number * 0.1, lon + number * 0.1)
        rows.append(CityRow(f"city {number}", region, timezone, currency, centre))
    return rows


def list_free_riders(size: Size) -> list[int]:
    """Return the numbers of riders without a ride or a reservation, whose vehicle of the same number
    is available."""
    numbers = range(1, size.riders + 1)
    return [n for n in numbers if all(_state(m) == "available" for m in (n, 2 * n, 2 * n + 1))]


def fill_database(database: URL, size: Size, only: Collection[str] = ()) -> None:
    """Add the rows to a database that has the cities of the tests. only: of these tables."""
    with _open_connection(database) as cursor:
        # Foreign keys are not checked: the rows are right.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for table, columns, rows in _tables(size):
            if not only or table in only:
                _copy(cursor, table, columns, rows, size.rides)
        cursor.execute(BALANCES)
        cursor.execute(COUNTS)
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _open_connection(database: URL) -> Iterator[pg.cursor]:
    """Open a connection without the answer time-out of the application, which allows no COPY."""
    wait = pg.get_wait_callback()
    pg.set_wait_callback(None)
    connection = psycopg2.connect(
        host=database.host or database.query["host"],
        port=database.port or 5432,
        user=database.username,
        dbname=database.database,
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
        pg.set_wait_callback(wait)


def _copy(
    cursor: pg.cursor,
    table: str,
    columns: str,
    rows: Iterable[tuple[object, ...]],
    most: int,
) -> None:
    indexes = _secondary_indexes(cursor, table) if most > INDEX_AFTER else {}
    for name in indexes:
        cursor.execute(f"DROP INDEX {name}")
    lines = ("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows)
    while text := "".join(islice(lines, BATCH)):
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text))
    for definition in indexes.values():
        cursor.execute(definition)


def _secondary_indexes(cursor: pg.cursor, table: str) -> dict[str, str]:
    """Return the names and definitions of indexes that belong to no constraint."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [table],
    )
    return dict(cursor.fetchall())


def _tables(size: Size) -> Iterator[tuple[str, str, Iterator[tuple[object, ...]]]]:
    """Yield tables with their columns and rows."""
    cities = make_cities(size.cities)
    yield "cities", "name, label, region, timezone, currency, lat, lon", _cities(cities)
    users = "region, id, city, username, email, first_name, last_name, password_hash"
    yield "users", users, _users(size, cities)
    vehicles = (
        "region, id, code, city, form_factor, propulsion_type, brand, color, state, reserved_until,"
        " counted_as, owner_region, owner_id, lat, lon, cell, counted_cell, range_m, created_at, changed_at"
    )
    yield "vehicles", vehicles, _vehicles(size, cities)
    rides = (
        "region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at, price,"
        " currency"
    )
    yield "rides", rides, _rides(size, cities)
    yield (
        "open_rides",
        "region, rider_id, ride_region, ride_id, started_at",
        _open_rides(size, cities),
    )
    yield (
        "wallet_entries",
        "region, id, rider_id, kind, currency, ride_id, note, at",
        _wallet_entries(size, cities),
    )
    lines = "region, entry_id, account, rider_id, currency, amount, in_balance"
    yield "wallet_lines", lines, _wallet_lines(size, cities)
    events = "region, id, kind, actor_region, actor_id, subject, details, at"
    yield "events", events, _events(size, cities)
    reports = (
        "region, id, city, vehicle_id, reporter_region, reporter_id, kind, critical, note, state,"
        " answer, created_at"
    )
    yield "reports", reports, _reports(size, cities)

    sessions = "region, id, user_id, remember, second_factor, device, agent, address"
    yield "login_sessions", sessions, _sessions(size, cities)
    yield "saved_vehicles", "region, vehicle_id, rider_region, rider_id", _saved(size, cities)
    payments = "region, id, rider_id, currency, amount, state, provider, reference, created_at"
    yield "payments", payments, _payments(size, cities)
    reservations = "region, rider_id, id, vehicle_region, vehicle_id, reserved_at, until"
    yield "reservations", reservations, _reservations(size, cities)
    notifications = "region, id, user_id, kind, facts, created_at, read_at"
    yield "notifications", notifications, _notifications(size, cities)
    disputes = "region, ride_id, city, state, refunded, changed_at"
    yield "disputes", disputes, _disputes(size, cities)


def _cities(cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for city in cities[1:]:
        yield city.name, city.name.title(), city.region, city.timezone, city.currency, *city.centre


def _users(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.riders + 1):
        city, name = cities[number % len(cities)], f"rider{number}"
        address = f"{name}@example.org"
        yield city.region, _uuid(f"rider {number}"), city.name, name, address, "Ada", "King", ""


def _vehicles(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    random = Random(1)  # the same places each time
    for number in range(1, size.vehicles + 1):
        city = _vehicle_city(number, cities)
        point = Point(*(random.gauss(middle, SPREAD) for middle in city.centre))
        is_bicycle = number % 3 == 0
        form_factor = "bicycle" if is_bicycle else "scooter_standing"
        owner = _rider(number // 100 + 1, size, cities) if number % 100 == 1 else (None, None)
        yield (
            city.region,
            _uuid(f"vehicle {number}"),
            f"{number:010x}".translate(CODE_DIGITS),
            city.name,
            form_factor,
            "human" if is_bicycle else "electric",
            "Pegasus" if number % 1_000 == 1 else "Okai",
            "blue" if number % 40 == 9 else "black",
            _state(number),
            RESERVED_UNTIL if _state(number) == "reserved" else None,
            f"{_state(number)} {form_factor}",
            *owner,
            *point,
            *[point.cell] * 2,
            None if is_bicycle else number % 40_000,
            *[NOW - timedelta(minutes=number)] * 2,
        )


def _state(number: int) -> str:
    if number % OPEN_RIDE_PART == 0:
        return "on_trip"
    return {3: "reserved", 7: "non_operational"}.get(number % 25, "available")


def _rides(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.rides + 1):
        vehicle = number % size.vehicles + 1
        city, begin = _vehicle_city(vehicle, cities), NOW - timedelta(minutes=number + 60)
        key = city.region, _uuid(f"ride {number}"), city.name, _uuid(f"vehicle {vehicle}")
        rider = _rider(_rider_number(number, size), size, cities)
        yield *key, *rider, begin, begin + timedelta(minutes=10), 100, city.currency
    for number in range(OPEN_RIDE_PART, size.vehicles + 1, OPEN_RIDE_PART):
        city, begin = _vehicle_city(number, cities), NOW - timedelta(seconds=number % 3_000)
        key = city.region, _uuid(f"open {number}"), city.name, _uuid(f"vehicle {number}")
        yield *key, *_rider(number // 2, size, cities), begin, None, None, None


def _open_rides(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(OPEN_RIDE_PART, size.vehicles + 1, OPEN_RIDE_PART):
        rider = _rider(number // 2, size, cities)
        region = _vehicle_city(number, cities).region
        yield *rider, region, _uuid(f"open {number}"), NOW - timedelta(seconds=number % 3_000)


def _wallet_entries(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.rides + 1):
        region, rider = _rider(_rider_number(number, size), size, cities)
        ride, at = _uuid(f"ride {number}"), NOW - timedelta(minutes=number + 50)
        currency = _vehicle_city(number % size.vehicles + 1, cities).currency
        yield region, ride, rider, "ride", currency, ride, "", at
    for number in range(1, size.riders + 1):
        region, rider = _rider(number, size, cities)
        yield region, _uuid(f"credit {number}"), rider, "credit", "USD", None, "", NOW


def _wallet_lines(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.rides + 1):
        region, rider = _rider(_rider_number(number, size), size, cities)
        currency = _vehicle_city(number % size.vehicles + 1, cities).currency
        yield region, _uuid(f"ride {number}"), "rider", rider, currency, -100, "true"
        yield region, _uuid(f"ride {number}"), "revenue", None, currency, 100, "false"
    for number in range(1, size.riders + 1):
        region, rider = _rider(number, size, cities)
        entry = region, _uuid(f"credit {number}")
        yield *entry, "rider", rider, "USD", CREDIT, "true"
        yield *entry, "promotions", None, "USD", -CREDIT, "false"


def _events(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.rides + 1):
        region, rider = _rider(_rider_number(number, size), size, cities)
        subject, at = f"ride {region}.{_uuid(f'ride {number}')}", NOW - timedelta(minutes=number)
        yield region, _uuid(f"event {number}"), "ride.started", region, rider, subject, "{}", at


def _reports(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.vehicles // 10 + 1):
        city, rider = _vehicle_city(number, cities), _rider(number, size, cities)
        key = city.region, _uuid(f"report {number}"), city.name, _uuid(f"vehicle {number}")
        state, at = "new" if number % 10 == 1 else "resolved", NOW - timedelta(minutes=number)
        yield *key, *rider, "damage", "false", "It squeaks.", state, "", at


def _sessions(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.riders + 1):
        region, rider = _rider(number, size, cities)
        key, device = _uuid(f"session {number}"), _uuid(f"device {number}")
        yield region, key, rider, "false", "false", device, "Firefox", "192.0.2.1"


def _saved(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.vehicles + 1, 3):
        region = _vehicle_city(number, cities).region
        yield region, _uuid(f"vehicle {number}"), *_rider(number // 3, size, cities)


def _payments(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.riders + 1):
        region, rider = _rider(number, size, cities)
        state = "begun" if number % 1_000 == 1 else "paid"
        at = NOW - timedelta(minutes=number)
        yield region, _uuid(f"payment {number}"), rider, "USD", 2_000, state, "test", number, at


def _reservations(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.vehicles + 1):
        if _state(number) == "reserved":
            rider = _rider(number // 2, size, cities)
            vehicle = _vehicle_city(number, cities).region, _uuid(f"vehicle {number}")
            times = NOW, RESERVED_UNTIL
            yield *rider, _uuid(f"reservation {number}"), *vehicle, *times


def _notifications(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.riders + 1):
        region, rider = _rider(number, size, cities)
        at = NOW - timedelta(minutes=number)
        read_at = at if number % 4 else None
        yield region, _uuid(f"notification {number}"), rider, "new_device", "{}", at, read_at


def _disputes(size: Size, cities: list[CityRow]) -> Iterator[tuple[object, ...]]:
    for number in range(1, size.rides + 1, 100):
        city = _vehicle_city(number % size.vehicles + 1, cities)
        state = "open" if number % 1_000 == 1 else "closed"
        at = NOW - timedelta(minutes=number)
        yield city.region, _uuid(f"ride {number}"), city.name, state, 0, at


def _vehicle_city(number: int, cities: list[CityRow]) -> CityRow:
    return cities[number % len(cities)]


def _rider_number(ride: int, size: Size) -> int:
    is_frequent = ride % FREQUENT_PART == 0 and ride <= FREQUENT_PART * FREQUENT_RIDES
    return FREQUENT_RIDER if is_frequent else ride % size.riders + 1


def _rider(number: int, size: Size, cities: list[CityRow]) -> RowKey:
    number = (number - 1) % size.riders + 1
    return row_key(cities[number % len(cities)], f"rider {number}")


def _uuid(name: str) -> UUID:
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())
