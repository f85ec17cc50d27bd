"""What the pages of staff read from the database, and how long that takes, with the fleet of
``flask demo --scale large``: 50,000 vehicles in one city.

Each page without parameters below /fleet is asked for, and the pages of the vehicle with the most
events.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from flask import Flask
from sqlalchemy import select

from bench.scale import USUAL_READS
from bench.support.application import open_database
from bench.support.plans import ExecutedPlan, PlanCollector, collect_plans
from bench.support.report import Section
from tests.databases import dispose_engines, make_app
from tests.visitor import Visitor
from webapp.auth.services.users import get_user
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.scaled_fleet.options import FleetOptions, Scale
from webapp.ops.demo.scaled_fleet.services import load_fleet

DAYS, QUICK_DAYS = 30, 2
#: How often each page is asked for; the median counts.
TIMES, QUICK_TIMES = 5, 1
#: The longest time of all statements of a page, milliseconds.
LIMIT_MS = 50


@dataclass(frozen=True)
class PageReads:
    """The statements of a page."""

    path: str
    reads: set[str]
    statements: int
    rows: float
    duration_ms: float

    def cells(self) -> Mapping[str, object]:
        return {
            "page": f"`{self.path}`",
            "reads": ", ".join(f"`{name}`" for name in sorted(self.reads - USUAL_READS)),
            "statements": self.statements,
            "rows read": f"{self.rows:,.0f}",
            "ms in the database": f"{self.duration_ms:.1f}",
        }


def measure(quick: bool) -> Section:
    """Return what each page of staff reads."""
    scale, days = (Scale.SMALL, QUICK_DAYS) if quick else (Scale.LARGE, DAYS)
    options = FleetOptions(CITIES[0], scale, datetime.now(UTC), days)
    with _open_city(options) as app, collect_plans(app) as collector:
        visitor = _sign_in(app)
        times = QUICK_TIMES if quick else TIMES
        rows = [_read_page(visitor, collector, path, times) for path in _list_paths(app, options)]
    text = (
        f"A fleet of `flask demo --scale {scale}` with {days} days of rides. The time is that of"
        f" the execution of all statements, the median of {times}; an administrator asks."
    )
    missed = [
        f"{row.path}: {row.duration_ms:.0f} ms, not {LIMIT_MS}."
        for row in rows
        if row.duration_ms > LIMIT_MS
    ]
    return Section("Pages of staff with 50,000 vehicles", text, rows, missed)


@contextmanager
def _open_city(options: FleetOptions) -> Iterator[Flask]:
    with open_database() as database:
        app = make_app(database, DATABASE_POOL_SIZE=1)
        app.test_client_class = Visitor
        try:
            with app.app_context():
                load_fleet(options)
            yield app
        finally:
            dispose_engines(app)


def _sign_in(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)  # noqa: S101 - for the type checker
    with app.app_context():
        admin = get_user("admin")
    return visitor.sign_in(admin)


def _list_paths(app: Flask, options: FleetOptions) -> list[str]:
    rules = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/fleet") and "GET" in (rule.methods or ()) and not rule.arguments
    ]
    with app.app_context():
        query = select(Vehicle).order_by(Vehicle.event_count.desc()).limit(1)
        vehicle = db.session.scalars(query).one()
    city = options.city.name.replace(" ", "%20")
    return [
        *(f"{rule}?city={city}" for rule in sorted(rules)),
        f"/fleet/vehicles/{vehicle.key}",
        f"/vehicles?city={city}",
    ]


def _read_page(visitor: Visitor, collector: PlanCollector, path: str, times: int) -> PageReads:
    runs: list[list[ExecutedPlan]] = []
    for _ in range(times):
        collector.take_queries()
        response = visitor.get(path)
        if response.status_code >= 400:
            raise RuntimeError(f"{path} answered {response.status_code}")
        runs.append(collector.take_queries())
    last = runs[-1]
    duration_ms = median(sum(plan.duration_ms for plan in run) for run in runs)
    name = path if "vehicles/" not in path else "/fleet/vehicles/..."
    reads = set[str]().union(*(plan.indexes for plan in last))
    reads |= {f"all of {table}" for plan in last for table in plan.read_whole}
    rows = sum(plan.table_rows for plan in last)
    return PageReads(name, reads, len(last), rows, duration_ms)
