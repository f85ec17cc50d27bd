"""The measurement of bench/latency.py: the application, the delays, the results, the report."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import make_url, text

import config
from bench.requests import TimedRequest, make_requests
from tests.database_proxy import DatabaseProxy, fill_pools
from tests.databases import make_database
from tests.performance.document import table, write_section
from webapp import create_app
from webapp.extensions import db
from webapp.ops.local_postgres import LocalPostgres

DELAYS_MS = (1, 30, 70, 150)
#: Requests of each page at each delay, after some that fill caches and are not measured.
REQUESTS, WARM_UP_REQUESTS = 30, 3
#: The most that p50 may be above round trips x delay.
LIMIT_MS = 10
SETTINGS = {
    "SECRET_KEY": "only for this measurement, and long enough",
    "PUBLIC_URL": "http://localhost",
    "SESSION_COOKIE_SECURE": False,
    "DATABASE_POOL_SIZE": 2,
    "DATABASE_POOL_RECYCLE_S": 3600,
    "CITIES_MAX_AGE_S": 3600.0,
}


class BenchConfig(config.Production):
    """The production settings, but with fast password hashes and without mail."""

    BCRYPT_LOG_ROUNDS = 4
    MAIL_URL = "memory:"

    @classmethod
    def problems(cls, settings: Mapping[str, Any]) -> list[str]:
        return []


COLUMNS = ["page", "delay", "trips", "trips x delay, ms", "p50, ms", "p95, ms", "p50 above, ms"]


@dataclass(frozen=True)
class Result:
    """The times of one page at one delay."""

    page: str
    delay_ms: int
    round_trips: int
    p50_ms: float
    p95_ms: float

    @property
    def product_ms(self) -> int:
        return self.round_trips * self.delay_ms

    @property
    def above_ms(self) -> float:
        return self.p50_ms - self.product_ms

    def cells(self) -> list[object]:
        return [
            self.page,
            f"{self.delay_ms} ms",
            self.round_trips,
            self.product_ms,
            *(f"{ms:.1f}" for ms in (self.p50_ms, self.p95_ms, self.above_ms)),
        ]


def main(write: bool) -> None:
    """Measure and print; with ``write``, put the result into docs/performance.md."""
    console = Console()
    with start_application() as (app, proxy):
        results = measure(make_requests(app), proxy, console)
        report = describe_setup(app) + "\n" + table(COLUMNS, [result.cells() for result in results])
    console.print(report, highlight=False)
    worst = max(results, key=lambda result: result.above_ms)
    verdict = "within" if worst.above_ms <= LIMIT_MS else "ABOVE"
    console.print(f"Most above: {worst.above_ms:.1f} ms ({worst.page}), {verdict} the limit.")
    if write:
        write_section("latency", report)


@contextmanager
def start_application() -> Iterator[tuple[Flask, DatabaseProxy]]:
    """Start a PostgreSQL, and an application that connects to it through a proxy with a delay."""
    home = Path(tempfile.mkdtemp(prefix="movr-bench-"))
    home.chmod(0o755)
    os.environ["MOVR_TEST_INSTANCE"] = str(home / "instance")  # of make_database
    server = LocalPostgres(home, os.environ.get("POSTGRES_BIN", ""))
    try:
        server.start()
        database = make_database(make_url(server.url()), "movr_bench")
        proxy = DatabaseProxy(make_url(server.url()))
        url = proxy.url(database).render_as_string(hide_password=False)
        app = create_app(BenchConfig, DATABASE_URL=url, **SETTINGS)
        with app.app_context():
            engines = list(db.engines.values())
        fill_pools(*engines)
        yield app, proxy
        for engine in engines:
            engine.dispose()
        proxy.close()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def measure(
    requests: dict[str, TimedRequest], proxy: DatabaseProxy, console: Console
) -> list[Result]:
    """Return a result for each page at each delay."""
    round_trips = {}
    for _ in range(WARM_UP_REQUESTS):
        for page, send in requests.items():
            proxy.take_queries()
            send()
            round_trips[page] = len(proxy.take_queries())
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        for delay_ms in DELAYS_MS:
            bar = progress.add_task(f"{delay_ms} ms", total=REQUESTS)
            proxy.delay_s = delay_ms / 1000
            times: dict[str, list[float]] = {page: [] for page in requests}
            for _ in range(REQUESTS):
                for page, send in requests.items():
                    times[page].append(send())
                progress.advance(bar)
            results += [
                make_result(page, delay_ms, round_trips[page], times[page]) for page in requests
            ]
    proxy.delay_s = 0
    return sorted(results, key=lambda result: list(requests).index(result.page))


def make_result(page: str, delay_ms: int, round_trips: int, times_ms: list[float]) -> Result:
    percentiles = quantiles(times_ms, n=20)  # 5 %, 10 %, ...
    return Result(page, delay_ms, round_trips, p50_ms=percentiles[9], p95_ms=percentiles[18])


def describe_setup(app: Flask) -> str:
    """Return the date, the machine, the versions and the settings of the measurement."""
    with app.app_context(), db.engine.connect() as connection:
        version = connection.scalar(text("SHOW server_version"))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {processor_name()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, PostgreSQL {version}; {REQUESTS} requests of each"
        " page at each delay, one after the other; lists of 30 vehicles and 30 rides; passwords"
        f' hashed with bcrypt in 4 rounds (production: 12). Limit for "above": {LIMIT_MS} ms.\n'
    )


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
