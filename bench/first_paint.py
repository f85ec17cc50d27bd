"""Measure what a phone loads for each main page, and when it first shows something.

A Chromium opens each page as a phone on a slow network does: 1.6 Mbit/s down, 0.75 up, 150 ms a
round trip, and a quarter of this processor. It opens it cold, with an empty cache, and warm, once
more. FCP is the First Contentful Paint. The baseline is the FCP of the same HTML bare: without
style sheets, scripts and images, and not compressed.

    .venv/bin/python bench/first_paint.py            # a minute or two
    .venv/bin/python bench/first_paint.py --write    # also writes docs/performance.md
"""

import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.remove(str(Path(__file__).resolve().parent))  # its requests.py hides a package

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.measurement import processor_name, start_application
from bench.requests import Browser as SignedInBrowser
from bench.requests import populate
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.screen import PHONE
from tests.browser.traffic import TrafficCounter
from tests.performance.document import table, write_section

ROUNDS = 5
#: Bytes a second, and milliseconds.
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 // 8,
    "uploadThroughput": 750_000 // 8,
}
CPU_SLOWDOWN = 4
FIRST_PAINT = """() => new Promise((done) => new PerformanceObserver((list) => {
  const entry = list.getEntriesByName("first-contentful-paint")[0];
  if (entry) done(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""
#: What a bare page lacks.
NEEDS_FILES = re.compile(rb"<link\b[^>]*>|<script\b.*?</script>|<img\b[^>]*>|<use\b.*?</use>", re.S)
BARE = "/bare"
COLUMNS = [
    "page", "cache", "requests", "KB", "FCP, ms", "FCP bare, ms", "above, ms",
]  # fmt: skip


def main(write: bool) -> None:
    """Measure and print; with ``write``, put the result into docs/performance.md."""
    with start_application() as (app, _), sync_playwright() as playwright:
        pages, cookie = make_pages(app)
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        with serve(app) as site:
            rows = [
                row
                for name, path in pages.items()
                for row in measure(browser, site, name, path, cookie)
            ]
        version = f"Chromium {browser.version}"
        browser.close()
    report = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {processor_name()}, {os.cpu_count()} cores,"
        f" {version}; the median of {ROUNDS} visits.\n\n{table(COLUMNS, rows)}"
    )
    print(report)
    if write:
        write_section("first paint", report)


def make_pages(app: Flask) -> tuple[dict[str, str], str]:
    """Return the pages to open, by name, and the session cookie of the rider among them."""
    user, vehicle_keys = populate(app)
    rider = SignedInBrowser(app, user)
    rider.post(lambda: f"/rides/start/{vehicle_keys[0]}")()
    pages = {
        "start page": "/",
        "free vehicles": "/vehicles",
        "a vehicle": f"/vehicles/{vehicle_keys[1]}",
        "signing in": "/login",
        "a running ride, a rider": rider.location,
    }
    return pages, rider._session


def measure(
    browser: Browser, site: str, name: str, path: str, cookie: str
) -> Iterator[list[object]]:
    """Yield a row for the page with an empty cache, and one for the page once more."""
    session = cookie if name.endswith("a rider") else ""
    bare_ms = median(open_page(browser, site, BARE + path, session)[0][2] for _ in range(ROUNDS))
    rounds = [open_page(browser, site, path, session) for _ in range(ROUNDS)]
    for number, cache in enumerate(("cold", "warm")):
        requests, size, _ = rounds[0][number]
        paint_ms = median(opened[number][2] for opened in rounds)
        yield [
            name, cache, requests, f"{size / 1000:.0f}",
            *(f"{ms:.0f}" for ms in (paint_ms, bare_ms, paint_ms - bare_ms)),
        ]  # fmt: skip


def open_page(browser: Browser, site: str, path: str, session: str) -> list[tuple[str, int, float]]:
    """Open a page twice; return the requests, the bytes and the FCP in milliseconds of each."""
    width, height = PHONE
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        if session:
            context.add_cookies([{"name": "movr", "value": session, "url": site}])
        page = context.new_page()
        counter = TrafficCounter(page, site)
        counter.devtools.send("Network.emulateNetworkConditions", NETWORK)
        counter.devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        return [open_once(page, counter, path) for _ in range(2)]


def open_once(page: Page, counter: TrafficCounter, path: str) -> tuple[str, int, float]:
    traffic = counter.load(path)
    paint_ms: float = page.evaluate(FIRST_PAINT)
    data = f" + {len(traffic.data)} of the map" if traffic.data else ""
    return f"{len(traffic.files)}{data}", traffic.bytes, paint_ms


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve the application, and below /bare the same pages without what they load."""
    server = make_server("127.0.0.1", 0, with_bare_pages(app), True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_bare_pages(app: Flask) -> Callable[..., Iterable[bytes]]:
    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(BARE):
            return app(environ, start_response)
        with app.test_client() as client:
            cookie = environ.get("HTTP_COOKIE", "")
            headers = {"Cookie": cookie} if cookie else {}
            response = client.get(path.removeprefix(BARE), headers=headers)
        body = NEEDS_FILES.sub(b"", response.data)
        start_response(
            "200 OK",
            [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))],
        )
        return [body]

    return answer


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
