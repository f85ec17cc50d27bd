"""How often riders who share no row conflict. Each has a vehicle of its own and rides it again and
again, all in one city of a database with many other vehicles and rides.

    .venv/bin/python -m bench.conflicts --vehicles 600 100000 --riders 24 --seconds 6

Prints for each size the share of first attempts that the database refused with SQLSTATE 40001, the
calls that were refused after all attempts, and the rides a second. The yardstick beside them: two
statements, each of which changes one row of the rider's own, through the same helper.
"""

import argparse
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from bench.rides_database import REGION, fill_database, start_bench_application
from webapp.db.errors import CONFLICTS, sqlstate
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.catalogue import catalogue
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

VEHICLES, RIDERS, SECONDS = (600, 100_000), 24, 6.0


@dataclass(frozen=True)
class ConflictResult:
    """What riders in a loop met in a database of a size."""

    vehicles: int
    riders: int
    seconds: float
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
    def rides_per_s(self) -> float:
        return self.writes / 2 / self.seconds

    @property
    def yardstick_pairs_per_s(self) -> float:
        return self.yardstick_writes / 2 / self.seconds


class Tally(threading.local):
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
Loop = Callable[[int, Tally], None]


def measure_conflicts(
    app: Flask, vehicle_count: int, rider_count: int, seconds: float
) -> ConflictResult:
    """Fill the database, let the riders ride for some seconds, and return what they met."""
    with app.app_context():
        fill_database(vehicle_count, max(rider_count, vehicle_count // 10))
        catalogue().forget()
    writes, conflicts, refused = run_loops(app, _ride, rider_count, seconds)
    yardstick_writes, _, _ = run_loops(app, _write_own_rows, rider_count, seconds)
    return ConflictResult(
        vehicle_count, rider_count, seconds, writes, conflicts, refused, yardstick_writes
    )


def run_loops(app: Flask, loop: Loop, rider_count: int, seconds: float) -> tuple[int, int, int]:
    """Repeat ``loop`` in a thread for each rider; return the calls, the conflicts, the refused."""
    tally, ends_at = Tally(), time.monotonic() + seconds

    def run(number: int) -> tuple[int, int, int]:
        with app.app_context():
            while time.monotonic() < ends_at:
                loop(number, tally)
                db.session.remove()
        return tally.writes, tally.conflicts, tally.refused

    with _noticing_conflicts(app, tally), ThreadPoolExecutor(rider_count) as pool:
        counts = list(pool.map(run, range(1, rider_count + 1)))
    return tuple(map(sum, zip(*counts, strict=True)))


@contextmanager
def _noticing_conflicts(app: Flask, tally: Tally) -> Iterator[None]:
    """Within, an attempt that is undone marks the call of its thread."""

    def notice(context: Any) -> None:
        if sqlstate(context.sqlalchemy_exception) in CONFLICTS:
            tally.has_conflict = True

    with app.app_context():
        engine = db.engines["write"]
    event.listen(engine, "handle_error", notice)
    try:
        yield
    finally:
        event.remove(engine, "handle_error", notice)


def _ride(number: int, tally: Tally) -> None:
    rider_key = RowKey(REGION, _row_id(f"rider {number}"))
    vehicle = db.session.get_one(Vehicle, (REGION, _row_id(f"vehicle {number}")))
    # After an end that was refused, the start returns the ride that is still open.
    if ride_key := tally.call(start_ride, rider_key, vehicle.public_key):
        tally.call(end_ride, rider_key, ride_key, vehicle.place)


def _write_own_rows(number: int, tally: Tally) -> None:
    rider_id = _row_id(f"rider {number}")
    for column in ("first_name", "last_name"):
        statement = text(f"UPDATE users SET {column} = 'Ada' WHERE region = :region AND id = :id")  # noqa: S608
        tally.call(execute_write, statement.bindparams(region=REGION, id=rider_id))


def _row_id(name: str) -> UUID:
    """Return the id that bench/rides_database.py gives to a row."""
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.conflicts")
    parser.add_argument("--vehicles", type=int, nargs="+", default=VEHICLES)
    parser.add_argument("--riders", type=int, default=RIDERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    with start_bench_application(pool_size=options.riders) as app:
        for vehicle_count in options.vehicles:
            print_result(measure_conflicts(app, vehicle_count, options.riders, options.seconds))


def print_result(result: ConflictResult) -> None:
    print(
        f"{result.vehicles:>9,} vehicles, {result.riders} riders: {result.conflict_share:.2%} of"
        f" {result.writes:,} writes conflict, {result.refused} refused,"
        f" {result.rides_per_s:.0f} rides/s;"
        f" yardstick {result.yardstick_pairs_per_s:.0f} pairs/s"
    )


if __name__ == "__main__":
    main()
