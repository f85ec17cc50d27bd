"""How long people wait who press start on one vehicle at the same moment: one of them gets it."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from flask import Flask
from sqlalchemy import func, update

from bench.support.application import close_application, make_bench_app, open_database
from bench.support.report import Section
from bench.support.requests import Browser, Request
from tests.bulk_rows import Size, fill_database, list_free_riders, make_cities, row_key
from tests.databases import add_cities
from tests.factories import PlanFactory
from webapp.auth.models import User
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fragment_cache import compile_templates
from webapp.web.assets.static_files import asset_store

PEOPLE, THREADS, WARM_CROWDS, VEHICLES = 50, 8, 5, 100_000
QUICK_PEOPLE, QUICK_WARM_CROWDS, QUICK_VEHICLES = 4, 1, 1_000
#: The last answer must be there after so many milliseconds.
LIMIT_MS = 300
NEW_YORK = make_cities(1)[0]
TEXT = (
    "{people} signed-in people send POST /rides/start for one vehicle at the same moment, to one"
    " process with {threads} threads, in a city of {vehicles:,} vehicles. One gets it; the others"
    " get a page that says so, with free vehicles near by. The first crowd comes to a process that"
    " has just started; below is the median of later ones. Beside it: as many requests of"
    " /health/live in the same way."
)


@dataclass(frozen=True)
class Crowd:
    """How long people waited for their answers, milliseconds."""

    name: str
    rides: int
    median_ms: float
    last_ms: float
    yardstick_ms: float

    def cells(self) -> Mapping[str, object]:
        return {
            "crowd": self.name,
            "yardstick, last answer, ms": f"{self.yardstick_ms:.0f}",
            "rides": self.rides,
            "median answer, ms": f"{self.median_ms:.0f}",
            "last answer, ms": f"{self.last_ms:.0f}",
            "limit, ms": LIMIT_MS,
        }


def measure(quick: bool) -> Section:
    """Return how long people waited: the first crowd of a process, and later ones."""
    people = QUICK_PEOPLE if quick else PEOPLE
    vehicles = QUICK_VEHICLES if quick else VEHICLES
    warm_crowds = QUICK_WARM_CROWDS if quick else WARM_CROWDS
    size = Size(vehicles)
    riders = list_free_riders(size)[: people * (1 + warm_crowds)]
    with open_database() as database:
        app = make_bench_app(database, DATABASE_POOL_SIZE=THREADS + 2)
        add_cities(app)
        PlanFactory(app)(unlock_fee=100)
        fill_database(database, size)
        keys = [row_key(NEW_YORK, f"rider {number}") for number in riders]
        confirm = update(table(User)).values(email_confirmed_at=func.now())
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(confirm.where(table(User).c.id.in_(key.id for key in keys)))
        compile_templates(app)  # as gunicorn.conf.py, before the first request
        asset_store().assets()
        try:
            crowds = [
                measure_crowd(app, riders[first : first + people])
                for first in range(0, len(riders), people)
            ]
        finally:
            close_application(app)
    cold, *warm = crowds
    columns = ("median_ms", "last_ms", "yardstick_ms")
    medians = {name: median(getattr(crowd, name) for crowd in warm) for name in columns}
    rows = [cold, Crowd("a later one", max(crowd.rides for crowd in warm), **medians)]
    missed = [
        f"{row.name}: {row.rides} rides, the last answer after {row.last_ms:.0f} ms."
        for row in rows
        if row.last_ms > LIMIT_MS or row.rides != 1
    ]
    text = TEXT.format(people=people, threads=THREADS, vehicles=vehicles)
    return Section("A crowd", text, rows, [] if quick else missed)


def measure_crowd(app: Flask, riders: list[int]) -> Crowd:
    """Let these riders, by number, start a ride on one vehicle."""
    with app.app_context():
        users = [db.session.get_one(User, tuple(row_key(NEW_YORK, f"rider {n}"))) for n in riders]
        vehicle = db.session.get_one(Vehicle, tuple(row_key(NEW_YORK, f"vehicle {riders[0]}")))
        path = f"/rides/start/{vehicle.public_key}"
    browsers = [Browser(app, user) for user in users]
    starts = [browser.post(path) for browser in browsers]
    answers_ms = _send_together(starts)
    health_ms = _send_together([browser.get("/health/live") for browser in browsers])
    rides = sum(request.status == 303 for request in starts)
    return Crowd("the first one", rides, median(answers_ms), max(answers_ms), max(health_ms))


def _send_together(requests: list[Request]) -> list[float]:
    """Send the requests at one moment, and return when each is answered, milliseconds after it."""
    with ThreadPoolExecutor(THREADS) as threads:
        begin = time.perf_counter()

        def send(request: Request) -> float:
            try:
                request()
            except RuntimeError:  # not the expected status
                if request.status != 409:
                    raise
            return (time.perf_counter() - begin) * 1000

        return list(threads.map(send, requests))
