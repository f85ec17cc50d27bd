"""How often riders who share no row conflict. Each has a vehicle of its own and rides it again and
again, all in one city of a database with many other vehicles and rides.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bench.support.application import close_application, make_bench_app, open_database
from bench.support.report import Section
from tests.bulk_rows import Size, fill_database, list_free_riders, make_cities, row_key
from tests.databases import add_cities
from tests.factories import PlanFactory
from webapp.db import transactions
from webapp.db.errors import CONFLICTS, sqlstate
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

NEW_YORK = make_cities(1)[0]
#: Rides of a vehicle in the busiest hour of a day, a second (docs/scale.md).
PEAK_RIDES = 2 * 0.12 / 3600


@dataclass(frozen=True)
class Load:
    """How many people ride in a database, and how fast."""

    vehicles: int
    #: The most of the first attempts that may conflict.
    limit: float
    seconds: float = 6.0
    riders: int = 24
    #: Starts a second of all riders together, at random moments; None: as many as they can.
    rides_per_s: float | None = None

    @property
    def pace(self) -> str:
        if self.rides_per_s is None:
            return "without a pause"
        peaks = self.rides_per_s / self.vehicles / PEAK_RIDES
        return f"{self.rides_per_s:g} rides/s, {peaks:.0f} busiest hours"

    def wait(self) -> None:
        """Wait before a write, as long as a rider does at this pace."""
        if self.rides_per_s is not None:
            writes_per_s = 2 * self.rides_per_s / self.riders
            time.sleep(random.expovariate(writes_per_s))


LOADS = (
    Load(600, 0.05),
    Load(600, 0.005, seconds=20, rides_per_s=10),
    Load(100_000, 0.005),
    Load(1_000_000, 0.005),
)
QUICK_LOADS = (
    Load(100, 1.0, seconds=0.3, riders=4),
    Load(100, 1.0, seconds=0.3, riders=4, rides_per_s=20),
)
TEXT = (
    "Riders, 24 in threads of one process, start and end rides, each on a vehicle of its own, in a"
    " database with the given number of vehicles and as many earlier rides: without a pause, or at"
    " random moments (so many times the starts of the busiest hour of such a city). A conflict is"
    " SQLSTATE 40001 at the first attempt of a call; the call is tried again, and refused after the"
    " last attempt. Beside it: two statements, each of which changes one row of the rider's own,"
    " through the same helper."
)


@dataclass(frozen=True)
class ConflictResult:
    """What riders met."""

    load: Load
    #: Calls that write: two for each ride.
    writes: int
    #: Of these, whose first attempt was undone because of another transaction.
    conflicts: int
    #: Of these, that failed after all attempts.
    refused: int
    #: Calls of the yardstick, in as many seconds.
    yardstick_writes: int

    @property
    def conflict_share(self) -> float:
        return self.conflicts / max(self.writes, 1)

    @property
    def is_missed(self) -> bool:
        return self.conflict_share > self.load.limit or self.refused > 0

    def cells(self) -> Mapping[str, object]:
        return {
            "vehicles": f"{self.load.vehicles:,}",
            "pace": self.load.pace,
            "first attempts with a conflict": f"{self.conflict_share:.2%}",
            "limit": f"{self.load.limit:.1%}",
            "refused": self.refused,
            "writes": self.writes,
            "rides/s": f"{self.writes / 2 / self.load.seconds:.0f}",
            "yardstick, pairs/s": f"{self.yardstick_writes / 2 / self.load.seconds:.0f}",
        }


def measure(quick: bool) -> Section:
    """Return what the riders met in databases of several sizes."""
    with silent_retries():
        results = [measure_conflicts(load) for load in (QUICK_LOADS if quick else LOADS)]
    missed = [
        f"{each.load.vehicles:,} vehicles, {each.load.pace}: {each.conflict_share:.2%} of first"
        f" attempts conflict, {each.refused} refused."
        for each in results
        if each.is_missed
    ]
    return Section("Conflicts", TEXT, results, missed)


@contextmanager
def silent_retries() -> Iterator[None]:
    """Within, attempts that are undone are not logged one by one."""
    log, level = transactions.log, transactions.log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


class RiderCounts(threading.local):
    """What the loop of one rider, in a thread of its own, counts."""

    writes = conflicts = refused = 0
    #: Whether an attempt of the current call was undone.
    has_conflict = False

    def call(self, write: Callable[..., Any], *arguments: object) -> Any:
        """Call a service and count it; return its result, None when the database refused it."""
        self.has_conflict = False
        try:
            return write(*arguments)
        except DBAPIError:
            self.refused += 1
            return None
        finally:
            self.writes += 1
            self.conflicts += self.has_conflict


#: The loop of a rider: gets the rider's number.
Loop = Callable[[int, RiderCounts, Load], None]


def measure_conflicts(load: Load) -> ConflictResult:
    """Fill a database, let the riders ride for some seconds, and return what they met."""
    size = Size(load.vehicles)
    riders = list_free_riders(size)[: load.riders]
    with _open_filled(size, load.riders) as app:
        writes, conflicts, refused = run_loops(app, _ride, riders, load)
        yardstick_writes, _, _ = run_loops(app, _write_own_rows, riders, load)
    return ConflictResult(load, writes, conflicts, refused, yardstick_writes)


@contextmanager
def _open_filled(size: Size, rider_count: int) -> Iterator[Flask]:
    with open_database() as database:
        settings = {"DATABASE_POOL_SIZE": rider_count, "PAYMENT_PROVIDER": "test"}
        app = make_bench_app(database, **settings)
        add_cities(app)
        PlanFactory(app)(unlock_fee=100)
        fill_database(database, size)
        try:
            yield app
        finally:
            close_application(app)


def run_loops(app: Flask, loop: Loop, riders: Sequence[int], load: Load) -> tuple[int, int, int]:
    """Repeat ``loop`` in a thread for each rider, by number; return the calls, the conflicts, the
    refused."""
    counts, ends_at = RiderCounts(), time.monotonic() + load.seconds

    def run(number: int) -> tuple[int, int, int]:
        with app.app_context():
            while time.monotonic() < ends_at:
                loop(number, counts, load)
                db.session.remove()
        return counts.writes, counts.conflicts, counts.refused

    with _noticing_conflicts(app, counts), ThreadPoolExecutor(len(riders)) as pool:
        writes, conflicts, refused = zip(*pool.map(run, riders), strict=True)
    return sum(writes), sum(conflicts), sum(refused)


@contextmanager
def _noticing_conflicts(app: Flask, counts: RiderCounts) -> Iterator[None]:
    """Within, an attempt that is undone marks the call of its thread."""

    def notice(context: Any) -> None:
        if sqlstate(context.sqlalchemy_exception) in CONFLICTS:
            counts.has_conflict = True

    with app.app_context():
        engine = db.engines["write"]
    event.listen(engine, "handle_error", notice)
    try:
        yield
    finally:
        event.remove(engine, "handle_error", notice)


def _ride(number: int, counts: RiderCounts, load: Load) -> None:
    rider_key = row_key(NEW_YORK, f"rider {number}")
    vehicle = db.session.get_one(Vehicle, tuple(row_key(NEW_YORK, f"vehicle {number}")))
    load.wait()
    # After an end that was refused, the start returns the ride that is still open.
    if ride_key := counts.call(start_ride, rider_key, vehicle.public_key):
        load.wait()
        counts.call(end_ride, rider_key, ride_key, vehicle.place)


OWN_ROW_STATEMENTS = [
    text(f"UPDATE users SET {column} = 'Ada' WHERE region = :region AND id = :id")  # noqa: S608
    for column in ("first_name", "last_name")
]


def _write_own_rows(number: int, counts: RiderCounts, load: Load) -> None:
    rider_key = row_key(NEW_YORK, f"rider {number}")
    for statement in OWN_ROW_STATEMENTS:
        load.wait()
        counts.call(execute_write, statement.bindparams(region=rider_key.region, id=rider_key.id))
