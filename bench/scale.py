"""How the statements of each page and action grow with the tables: the rows that they read in
databases of several sizes.

    python -m bench.scale [--vehicles N,N,...] [--rides-per-vehicle N] [--cities N]
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import log

import click
from flask import Flask
from sqlalchemy.engine import URL

from bench.support.application import open_database
from bench.support.plans import ExecutedPlan, PlanCollector, collect_plans
from bench.support.report import Section
from tests.bulk_rows import FREQUENT_RIDER, Size, fill_database, make_cities, row_key
from tests.databases import add_cities, dispose_engines, make_app
from tests.factories import UserFactory, VehicleFactory, fill_caches, find_city
from tests.performance.rides_walk import start_and_end_rides, walk_public_pages
from tests.performance.round_trips import walk as walk_everywhere
from tests.performance.walk import PAGE, PUBLIC_LIST, Walk
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.board.counting import count_vehicles

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (100, 400)
#: A statement grows when it reads more rows than these in the largest database, and the rows grow
#: faster than this power of the size.
GROWTH_ROWS, GROWTH_EXPONENT = 500, 0.2
#: What each request of somebody who is signed in reads, by keys.
USUAL_READS = {
    "pk_login_sessions", "pk_users", "pk_grants", "pk_open_rides", "pk_reservations",
    "pk_second_factors", "pk_profiles",
}  # fmt: skip
TEXT = (
    "Databases with {vehicles} vehicles in {cities}, rides for each ({rides}), and what belongs to"
    " them; one rider has had a twentieth of all rides, but at most 20,000. The walk of the table"
    " of round trips goes through each. Rows are those that the statements of a request read in"
    " tables, matching or not; the time is that of their execution. The exponent is that of the"
    " rows over the vehicles, from the smallest database to the largest: 0 does not grow, 1 grows"
    " as the table."
)


@dataclass
class Growth:
    """What one page or action reads in databases of several sizes."""

    label: str
    #: By the number of vehicles.
    rows: dict[int, float] = field(default_factory=dict)
    duration_ms: dict[int, float] = field(default_factory=dict)
    #: The indexes, and the tables that were read whole, in the largest database.
    reads: set[str] = field(default_factory=set)

    def add(self, size: int, plans: list[ExecutedPlan]) -> None:
        """Add what was executed in a database."""
        self.rows[size] = sum(plan.table_rows for plan in plans)
        self.duration_ms[size] = sum(plan.duration_ms for plan in plans)
        indexes = (plan.indexes for plan in plans)
        whole = ({f"all of {name}" for name in plan.read_whole} for plan in plans)
        self.reads = set[str]().union(*indexes, *whole)

    @property
    def exponent(self) -> float:
        small, large = min(self.rows), max(self.rows)
        if small == large:
            return 0.0
        return log(max(self.rows[large], 1) / max(self.rows[small], 1)) / log(large / small)

    @property
    def grows(self) -> bool:
        return self.rows[max(self.rows)] > GROWTH_ROWS and self.exponent > GROWTH_EXPONENT

    def cells(self) -> Mapping[str, object]:
        rows = {f"rows, {size:,}": f"{count:,.0f}" for size, count in self.rows.items()}
        times = {f"ms, {size:,}": f"{ms:.1f}" for size, ms in self.duration_ms.items()}
        reads = ", ".join(f"`{name}`" for name in sorted(self.reads - USUAL_READS))
        exponent = f"{self.exponent:.2f}"
        return {"page or action": self.label, "reads": reads, **rows, **times, "exponent": exponent}


class PlanWalk(Walk):
    """A walk that writes down the plans of each step."""

    def __init__(self, app: Flask, collector: PlanCollector) -> None:
        super().__init__(app, collector, UserFactory(app), VehicleFactory(app))
        self.plans: dict[str, list[ExecutedPlan]] = {}

    def keep_queries(self, label: str, queries: Sequence[object]) -> None:
        self.plans[label] = [query for query in queries if isinstance(query, ExecutedPlan)]


def measure(quick: bool) -> Section:
    """Return what each page and action reads in databases of several sizes."""
    if quick:
        return measure_growth([Size(number) for number in QUICK_SIZES], walk_shortly)
    return measure_growth([Size(number) for number in SIZES])


def measure_growth(sizes: list[Size], go: Callable[[Walk], object] = walk_everywhere) -> Section:
    """Return what each step of a walk reads in databases of these sizes."""
    results: dict[str, Growth] = {}
    for size in sizes:
        for label, plans in _read_plans(size, go).items():
            results.setdefault(label, Growth(label)).add(size.vehicles, plans)
    rows = [row for row in results.values() if len(row.rows) == len(sizes)]
    missed = [
        f"{row.label}: {row.rows[max(row.rows)]:,.0f} rows, exponent {row.exponent:.2f}."
        for row in rows
        if row.grows
    ]
    vehicles = ", ".join(f"{size.vehicles:,}" for size in sizes)
    cities = "one city" if sizes[0].cities == 1 else f"{sizes[0].cities} cities"
    text = TEXT.format(vehicles=vehicles, cities=cities, rides=sizes[0].rides_per_vehicle)
    return Section("Growth", text, rows, missed)


def _read_plans(size: Size, go: Callable[[Walk], object]) -> dict[str, list[ExecutedPlan]]:
    with (
        open_database() as database,
        _open_filled(database, size) as app,
        collect_plans(app) as collector,
    ):
        walk = PlanWalk(app, collector)
        go(walk)
        walk_as_frequent_rider(walk, size)
    return walk.plans


@contextmanager
def _open_filled(database: URL, size: Size) -> Iterator[Flask]:
    app = make_app(database, DATABASE_POOL_SIZE=1)
    app.test_client_class = Visitor
    add_cities(app)
    fill_database(database, size)
    try:
        yield app
    finally:
        dispose_engines(app)


def walk_shortly(walk: Walk) -> None:
    """Go to the public pages, and ride."""
    with walk.app.app_context():
        fill_caches()
    walk_public_pages(walk)
    start_and_end_rides(walk)


def walk_as_frequent_rider(walk: Walk, size: Size) -> None:
    """Go to the lists that depend on how often somebody has ridden, and to large maps."""
    city = make_cities(size.cities)[FREQUENT_RIDER % size.cities]
    with walk.app.app_context():
        rider = db.session.get_one(User, tuple(row_key(city, f"rider {FREQUENT_RIDER}")))
    browser = walk.visitor().sign_in(rider)
    for label, path in {
        "all rides, a frequent rider": "/rides",
        "rides by month, a frequent rider": "/rides/use",
        "the wallet, a frequent rider": "/wallet",
        "the personal data page, a frequent rider": "/users/me/data",
    }.items():
        walk.get(browser, label, path, PAGE)
    visitor = walk.visitor()
    for radius_km in (2, 10, 50):
        near = f"/vehicles?lat=40.74&lon=-73.97&within={radius_km}000"
        walk.get(visitor, f"free vehicles within {radius_km} km", near, PUBLIC_LIST)
        rare = f"{near}&q=pegasus"
        walk.get(visitor, f"vehicles with a rare word within {radius_km} km", rare, PUBLIC_LIST)
    # The bulk actions of the walk have changed all vehicles: a worker counts them meanwhile.
    with walk.app.app_context():
        count_vehicles(find_city(city.name), most=0)
    for label, box in {
        "a street": "40.73,-73.99,40.732,-73.988",
        "a city": "40.5,-74.2,40.9,-73.7",
    }.items():
        feed = f"/city/new%20york/vehicles.json?bbox={box}"
        walk.get(visitor, f"a map window, {label}", feed, PUBLIC_LIST)


@click.command(help=__doc__)
@click.option("--vehicles", default=",".join(map(str, SIZES)))
@click.option("--rides-per-vehicle", default=1)
@click.option("--cities", default=1)
def main(vehicles: str, rides_per_vehicle: int, cities: int) -> None:
    numbers = [int(number) for number in vehicles.split(",")]
    section = measure_growth([Size(number, rides_per_vehicle, cities) for number in numbers])
    click.echo(section.to_report())
    click.echo("\n".join(section.missed))


if __name__ == "__main__":
    main()
