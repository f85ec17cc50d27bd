"""What the pages of numbers read, with tables as full as they get.

They are read from sums by hour, day and month, and by cell: these do not grow with vehicles and
rides, but with what is counted.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from bench.support.application import open_database
from bench.support.plans import PlanCollector, collect_plans
from bench.support.report import Section
from tests.databases import add_cities, dispose_engines, make_app
from tests.factories import UserFactory, fill_caches
from tests.numbers.full_tables import CELLS, DAYS, MONTHS, TABLES, fill_tables
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.enums import FormFactor

#: How often each page is asked for; the fastest counts.
TIMES, QUICK_TIMES = 5, 1
#: The longest processor time of the server for a page, milliseconds.
LIMIT_MS = 50
CITIES, TYPES = ("new york",), (FormFactor.BICYCLE,)
OTHER_PAGES = (
    "/fleet/numbers/retention",
    "/fleet/numbers/places?show=starts",
    "/fleet/numbers/places?show=flows",
    "/fleet/numbers/unmet-demand",
)
#: Analysts see no small numbers: no hours, and response times and usage by month.
PAGES = {
    "admin": (
        *(f"/fleet/numbers?range={name}" for name in ("24h", "7d", "30d", "90d", "12m")),
        *(f"/fleet/numbers/response-times?range={name}" for name in ("7d", "30d", "90d", "12m")),
        *(f"/fleet/numbers/usage?range={name}" for name in ("30d", "90d", "12m")),
        *OTHER_PAGES,
    ),
    "analyst": (
        *(f"/fleet/numbers?range={name}" for name in ("7d", "30d", "90d", "12m")),
        "/fleet/numbers/response-times?range=12m",
        "/fleet/numbers/usage?range=12m",
        *OTHER_PAGES,
    ),
}


@dataclass(frozen=True)
class PageReads:
    """What a page reads for somebody."""

    path: str
    role: str
    rows: float
    duration_ms: float
    #: Of the server's processes, with planning: it hardly depends on what else the machine does.
    processor_ms: float

    def cells(self) -> Mapping[str, object]:
        return {
            "page": f"`{self.path}`",
            "who": self.role,
            "rows": f"{self.rows:,.0f}",
            "ms in the database": f"{self.duration_ms:.1f}",
            "ms of processor": f"{self.processor_ms:.1f}",
        }


def measure(quick: bool) -> Section:
    """Return what each page reads."""
    times = QUICK_TIMES if quick else TIMES
    with _open_application() as app, collect_plans(app) as collector:
        rows = [
            _read_page(visitor, collector, path, role, times)
            for role, paths in PAGES.items()
            for visitor in [_sign_in(app, role)]
            for path in paths
        ]
    text = (
        f"{len(CELLS):,} cells, {DAYS} days, {MONTHS} months. The time is that of the execution of"
        f" all statements, the fastest of {times}."
    )
    missed = [
        f"{row.path}, {row.role}: {row.processor_ms:.0f} ms, not {LIMIT_MS}."
        for row in rows
        if row.processor_ms > LIMIT_MS
    ]
    return Section("Numbers", text, rows, missed)


@contextmanager
def _open_application() -> Iterator[Flask]:
    with open_database() as database:
        app = make_app(database, DATABASE_POOL_SIZE=1)
        app.test_client_class = Visitor
        add_cities(app)
        _fill(database)
        try:
            yield app
        finally:
            dispose_engines(app)


def _fill(database: URL) -> None:
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        fill_tables(connection, CITIES, TYPES)
        connection.execute(text(f"VACUUM ANALYZE {', '.join(TABLES)}"))
    engine.dispose()


def _sign_in(app: Flask, role: str) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)  # noqa: S101 - for the type checker
    with app.app_context():
        fill_caches()
    return visitor.sign_in(UserFactory(app)(role, roles=[role]))


def _read_page(
    visitor: Visitor, collector: PlanCollector, path: str, role: str, times: int
) -> PageReads:
    durations_ms, processor_ms = [], []
    pids = _list_server_processes(visitor.application)
    for _ in range(times):
        collector.take_queries()
        before_ms = _read_processor_ms(pids)
        response = visitor.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        plans = collector.take_queries()
        durations_ms.append(sum(plan.duration_ms for plan in plans))
        processor_ms.append(_read_processor_ms(pids) - before_ms)
    rows = sum(plan.table_rows for plan in plans)
    return PageReads(path, role, rows, min(durations_ms), min(processor_ms))


def _list_server_processes(app: Flask) -> list[int]:
    """Return the processes of PostgreSQL that the application is connected to."""
    query = text(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
    )
    with app.app_context():
        return list(db.session.scalars(query))


def _read_processor_ms(pids: list[int]) -> float:
    """Return how long processes have run, as Linux counts it."""
    stats = (Path(f"/proc/{pid}/schedstat").read_text() for pid in pids)
    return sum(int(each.split()[0]) for each in stats) / 1e6
