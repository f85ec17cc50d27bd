"""What the distance to the database adds to the main pages, beside as many lone round trips.

Puts 1, 30, 70 and 150 ms between an application and its PostgreSQL, requests the main pages many
times, and gives p50 and p95 beside the time of as many ``SELECT 1`` over the same line. The
difference, "above", is the time of the application, of the database's own work and of this
machine; how much of it is processor time of the application stands beside it. A lone UPDATE shows
what writing to this disk takes.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import NamedTuple

from sqlalchemy import make_url

from bench.support.application import open_distant_application
from bench.support.main_pages import NextRequest, make_requests
from bench.support.report import Section
from bench.support.timing import elapsed_ms
from bench.support.yardsticks import SELECT_1, UPDATE_1, select_1, update_1
from tests.database_proxy import DatabaseProxy

DELAYS_MS, QUICK_DELAYS_MS = (1, 30, 70, 150), (1,)
#: Requests of each page at each delay, after some that fill caches and are not measured.
REQUESTS, WARM_UP_REQUESTS = 30, 3
QUICK_REQUESTS, QUICK_WARM_UP_REQUESTS = 2, 1
#: The most that p50 may be above as many lone round trips.
LIMIT_MS = 5


@dataclass(frozen=True)
class PageTime:
    """The times of one page at one delay.

    trip_ms: p50 of a lone SELECT 1 at this delay.
    cpu_ms: median processor time of the thread that answers.
    """

    page: str
    delay_ms: int
    round_trips: int
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    trip_ms: float

    @property
    def above_ms(self) -> float:
        return self.p50_ms - self.round_trips * self.trip_ms

    def cells(self) -> Mapping[str, object]:
        return {
            "page": self.page,
            "delay": f"{self.delay_ms} ms",
            "trips": self.round_trips,
            "trips x SELECT 1, ms": f"{self.round_trips * self.trip_ms:.1f}",
            "p50, ms": f"{self.p50_ms:.1f}",
            "p95, ms": f"{self.p95_ms:.1f}",
            "p50 above, ms": f"{self.above_ms:.1f}",
            "of it CPU, ms": f"{self.cpu_ms:.1f}",
        }


def measure(quick: bool) -> Section:
    """Return a row for each page at each delay."""
    # The answers to maps stay kept between two rounds, which take seconds.
    with open_distant_application(LIVE_MAX_AGE_S=3600.0) as (app, proxy):
        requests = make_requests(app, quick)
        url = make_url(app.config["DATABASE_URL"])
        with select_1(url) as ask_nothing, update_1(url) as write_little:
            lone = {SELECT_1: lambda: ask_nothing, UPDATE_1: lambda: write_little}
            rows = measure_pages({**lone, **requests}, proxy, quick)
    text = (
        f"{QUICK_REQUESTS if quick else REQUESTS} requests of each page at each delay, one after"
        " the other; lists of 30 vehicles and 30 rides; passwords hashed with bcrypt in 4 rounds"
        f' (production: 12). Limit for "above": {LIMIT_MS} ms.'
    )
    missed = [
        f"{row.page} at {row.delay_ms} ms is {row.above_ms:.1f} ms above."
        for row in rows
        if row.above_ms > LIMIT_MS and row.page != UPDATE_1
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
        times = measure_times(requests, QUICK_REQUESTS if quick else REQUESTS)
        trip_ms = median(times[SELECT_1].elapsed_ms)
        rows += [
            make_row(page, delay_ms, round_trips[page], times[page], trip_ms) for page in requests
        ]
    proxy.delay_s = 0
    return sorted(rows, key=lambda row: list(requests).index(row.page))


class Times(NamedTuple):
    """Of each request to a page: on the clock, and of the processor."""

    elapsed_ms: list[float]
    cpu_ms: list[float]


def measure_times(requests: Mapping[str, NextRequest], rounds: int) -> dict[str, Times]:
    times = {page: Times([], []) for page in requests}
    for _ in range(rounds):
        for page, next_request in requests.items():
            request = next_request()
            begin = time.thread_time()
            times[page].elapsed_ms.append(elapsed_ms(request))
            times[page].cpu_ms.append((time.thread_time() - begin) * 1000)
    return times


def make_row(page: str, delay_ms: int, round_trips: int, times: Times, trip_ms: float) -> PageTime:
    percentiles = quantiles(times.elapsed_ms, n=20, method="inclusive")  # 5 %, 10 %, ...
    cpu_ms = median(times.cpu_ms)
    return PageTime(page, delay_ms, round_trips, percentiles[9], percentiles[18], cpu_ms, trip_ms)
