"""What the distance to the database adds to the main pages, against round trips x delay.

Puts 1, 30, 70 and 150 ms between an application and its PostgreSQL, requests the main pages many
times, and gives p50 and p95 beside the number of round trips times the delay. The difference is
the time of the application, the database and this machine. The first row, a lone SELECT 1, shows
the difference without any page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles

from sqlalchemy import make_url

from bench.support.application import open_distant_application
from bench.support.main_pages import NextRequest, make_requests
from bench.support.report import Section
from bench.support.timing import elapsed_ms
from bench.support.yardsticks import SELECT_1, select_1
from tests.database_proxy import DatabaseProxy

DELAYS_MS, QUICK_DELAYS_MS = (1, 30, 70, 150), (1,)
#: Requests of each page at each delay, after some that fill caches and are not measured.
REQUESTS, WARM_UP_REQUESTS = 30, 3
QUICK_REQUESTS, QUICK_WARM_UP_REQUESTS = 2, 1
#: The most that p50 may be above round trips x delay.
LIMIT_MS = 5


@dataclass(frozen=True)
class PageTime:
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

    def cells(self) -> Mapping[str, object]:
        return {
            "page": self.page,
            "delay": f"{self.delay_ms} ms",
            "trips": self.round_trips,
            "trips x delay, ms": self.product_ms,
            "p50, ms": f"{self.p50_ms:.1f}",
            "p95, ms": f"{self.p95_ms:.1f}",
            "p50 above, ms": f"{self.above_ms:.1f}",
        }


def measure(quick: bool) -> Section:
    """Return a row for each page at each delay."""
    with open_distant_application() as (app, proxy):
        requests = make_requests(app, quick)
        with select_1(make_url(app.config["DATABASE_URL"])) as ask_nothing:
            rows = measure_pages({SELECT_1: lambda: ask_nothing, **requests}, proxy, quick)
    text = (
        f"{QUICK_REQUESTS if quick else REQUESTS} requests of each page at each delay, one after"
        " the other; lists of 30 vehicles and 30 rides; passwords hashed with bcrypt in 4 rounds"
        f' (production: 12). Limit for "above": {LIMIT_MS} ms.'
    )
    missed = [
        f"{row.page} at {row.delay_ms} ms is {row.above_ms:.1f} ms above."
        for row in rows
        if row.above_ms > LIMIT_MS
    ]
    return Section("Distance to the database", text, rows, missed)


def measure_pages(
    requests: Mapping[str, NextRequest], proxy: DatabaseProxy, quick: bool
) -> list[PageTime]:
    round_trips = {}
    for _ in range(QUICK_WARM_UP_REQUESTS if quick else WARM_UP_REQUESTS):
        for page, next_request in requests.items():
            request = next_request()
            proxy.take_queries()
            request()
            round_trips[page] = len(proxy.take_queries())
    rows = []
    for delay_ms in QUICK_DELAYS_MS if quick else DELAYS_MS:
        proxy.delay_s = delay_ms / 1000
        times: dict[str, list[float]] = {page: [] for page in requests}
        for _ in range(QUICK_REQUESTS if quick else REQUESTS):
            for page, next_request in requests.items():
                times[page].append(elapsed_ms(next_request()))
        rows += [make_row(page, delay_ms, round_trips[page], times[page]) for page in requests]
    proxy.delay_s = 0
    return sorted(rows, key=lambda row: list(requests).index(row.page))


def make_row(page: str, delay_ms: int, round_trips: int, times_ms: list[float]) -> PageTime:
    percentiles = quantiles(times_ms, n=20, method="inclusive")  # 5 %, 10 %, ...
    return PageTime(page, delay_ms, round_trips, p50_ms=percentiles[9], p95_ms=percentiles[18])
