"""Bytes of a row of each table, measured in a PostgreSQL that services have filled.

Riders register, sign in, get credit, ride and record their paths, as people would. Beside each
table stands the smallest regional one: a region, a UUID and a time. docs/scale.md counts with these
figures.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from flask import Flask
from sqlalchemy import Connection, create_engine, func, insert, text, update
from sqlalchemy.engine import URL

from bench.support.application import close_application, make_bench_app, open_database
from bench.support.report import Section
from bench.support.requests import Browser
from bench.support.small_city import POSITION
from tests.databases import CITIES
from tests.factories import PASSWORD
from webapp.auth.models import User
from webapp.auth.services.registration import Registration, register
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.services.credits import Credit, give_credit_as_operator
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.path_points import PathPoint
from webapp.rides.services.paths import append_points
from webapp.rides.services.start import start_ride

RIDERS, RIDES_OF_A_RIDER = 300, 4
QUICK_RIDERS, QUICK_RIDES_OF_A_RIDER = 2, 2
#: Points of a ride of 12 minutes, at most one each 20 seconds.
PATH_POINTS = 36
YARDSTICK_TABLE = "bench_small_rows"
SIZES = """
SELECT relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid)
FROM pg_stat_user_tables WHERE n_live_tup > 0 ORDER BY relname
"""


@dataclass(frozen=True)
class Volume:
    """How many rows of a table there are with the traffic of docs/scale.md.

    kept_days: None: for ever.
    is_stock: all rows are there from the first day, and stay as many.
    """

    rows_per_year: float
    kept_days: float | None = None
    is_stock: bool = False

    @property
    def rows_after_a_year(self) -> float:
        return self.rows_per_year * min((self.kept_days or 365) / 365, 1)


RIDES_PER_YEAR = 2_000_000 * 365
#: What is kept follows SWEEP_AFTER_DAYS (config.py). Vehicles and accounts are all there are.
VOLUMES = {
    "vehicles": Volume(1_000_000, is_stock=True),
    "users": Volume(10_000_000, is_stock=True),
    "rides": Volume(RIDES_PER_YEAR),
    "wallet_entries": Volume(1.1 * RIDES_PER_YEAR),
    "wallet_lines": Volume(2.2 * RIDES_PER_YEAR),
    "wallet_balances": Volume(10_000_000, is_stock=True),
    "payments": Volume(0.1 * RIDES_PER_YEAR),
    "events": Volume(2.3 * RIDES_PER_YEAR, 400),
    # Older ones are compacted to one for each vehicle and day.
    "vehicle_events": Volume(2 * RIDES_PER_YEAR, 400),
    "jobs": Volume(RIDES_PER_YEAR, 7),
    "ride_paths": Volume(0.5 * RIDES_PER_YEAR, 30),
    "login_sessions": Volume(0.1 * RIDES_PER_YEAR, 90),
    "throttles": Volume(0.1 * RIDES_PER_YEAR, 1),
}


@dataclass(frozen=True)
class TableSize:
    """How many bytes a row of a table takes, and what a year of rows takes."""

    table: str
    rows: int
    heap_bytes: float
    index_bytes: float
    volume: Volume

    @property
    def gb_after_a_year(self) -> float:
        return self.volume.rows_after_a_year * (self.heap_bytes + self.index_bytes) / 1e9

    def cells(self) -> Mapping[str, object]:
        return {
            "table": self.table,
            "kept": f"{self.volume.kept_days:g} days" if self.volume.kept_days else "for ever",
            "rows measured": self.rows,
            "bytes of a row": f"{self.heap_bytes:.0f}",
            "in its indexes": f"{self.index_bytes:.0f}",
            "rows a year, millions": f"{self.volume.rows_per_year / 1e6:,.0f}",
            "GB after a year": f"{self.gb_after_a_year:,.1f}",
        }


def measure(quick: bool) -> Section:
    """Return a row for each table that has enough rows to tell."""
    riders = QUICK_RIDERS if quick else RIDERS
    rides = QUICK_RIDES_OF_A_RIDER if quick else RIDES_OF_A_RIDER
    with open_database() as database:
        with open_quietly(database) as app:
            fill(app, riders, rides)
        rows = read_sizes(database, least_rows=min(riders, 50))
    text_ = (
        f"{riders} riders with {rides} rides each, written by the services of MovR; each ride has a"
        f" path of up to {PATH_POINTS} points. Bytes are those of PostgreSQL's files, which were"
        " filled row by row. The smallest regional row is the yardstick."
    )
    return Section("Bytes of a row", text_, rows)


@contextmanager
def open_quietly(database: URL) -> Iterator[Flask]:
    app = make_bench_app(database, PAYMENT_PROVIDER="test")
    logging.disable(logging.WARNING)
    try:
        yield app
    finally:
        logging.disable(logging.NOTSET)
        close_application(app)


def fill(app: Flask, rider_count: int, ride_count: int) -> None:
    columns = ("name", "region", "timezone", "currency", "lat", "lon")
    with app.app_context():
        add_city(**dict(zip(columns, CITIES[0], strict=True)), label="New York")
        city = catalogue().all()[0]
        with db.engines["write"].begin() as connection:
            connection.execute(insert(PricingPlan).values(_plan(city)))
        owner = _register(city, 0)
        for number in range(1, rider_count + 1):
            rider = _register(city, number)
            give_credit_as_operator(rider, Credit(10_000, city.currency, "A gift", uuid4()))
            with db.engines["write"].begin() as connection:
                connection.execute(insert(Payment).values(_payment(rider)))
            for _ in range(ride_count):
                vehicle = db.session.get_one(Vehicle, add_vehicle(owner, city, _description()))
                _ride(rider, vehicle.public_key)
            db.session.remove()
    for number in range(1, rider_count + 1):
        Browser(app).post("/login", username=f"rider{number}", password=PASSWORD)()


def _plan(city: City) -> dict[str, object]:
    return {
        "id": uuid4(), "city": city.name, "form_factor": "", "propulsion_type": "", "version": 1,
        "name": "Standard", "currency": city.currency, "unlock_fee": 100,
        "segments": [{"start": 0, "interval": 1, "rate": 20}], "reserve_min": 15,
        "reservation_rate": 0, "reserve_max_min": 15, "tax_ppm": 0, "tax_included": True,
    }  # fmt: skip


def _payment(rider: User) -> dict[str, object]:
    return {
        "region": rider.region, "id": uuid4(), "rider_id": rider.id, "currency": "USD",
        "amount": 2_000, "state": "paid", "provider": "provider", "reference": uuid4().hex,
        "settled_at": text("now()"),
    }  # fmt: skip


def _register(city: City, number: int) -> User:
    name = f"rider{number}"
    registration = Registration(city, "Ada", "Byron", name, f"{name}@example.org", PASSWORD)
    return register(registration, is_email_confirmed=True)


def _description() -> VehicleDescription:
    return VehicleDescription("bike", "Pegasus", "green", Place("12 Main Street", POSITION))


def _ride(rider: User, vehicle_key: RowKey) -> None:
    ride_key = start_ride(rider.key, vehicle_key)
    with db.engines["write"].begin() as connection:
        begin = func.now() - timedelta(minutes=12)
        connection.execute(update(Ride).where(Ride.id == ride_key.id).values(started_at=begin))
    points = [
        PathPoint(20.0 * n, POSITION.lat + n // 2 * 3e-4, POSITION.lon + (n + 1) // 2 * 3e-4)
        for n in range(PATH_POINTS)
    ]
    append_points(rider.key, ride_key, points)
    end_ride(rider.key, ride_key, Place("By the fountain", Point(*points[-1][1:])))


def read_sizes(database: URL, least_rows: int) -> list[TableSize]:
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _make_yardstick(connection)
        connection.execute(text("VACUUM ANALYZE"))
        rows = connection.execute(text(SIZES)).all()
    engine.dispose()
    return [
        TableSize(name, count, heap / count, indexes / count, VOLUMES.get(name, Volume(0)))
        for name, count, heap, indexes in rows
        if count >= least_rows
    ]


def _make_yardstick(connection: Connection) -> None:
    for statement in (
        f"CREATE TABLE {YARDSTICK_TABLE} (region varchar(32), id uuid, at timestamptz,"
        " PRIMARY KEY (region, id))",
        f"INSERT INTO {YARDSTICK_TABLE}"  # noqa: S608 - a constant
        " SELECT 'us-east1', gen_random_uuid(), now() FROM generate_series(1, 2000)",
    ):
        connection.execute(text(statement))
