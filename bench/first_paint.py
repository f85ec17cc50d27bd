"""Measure what a phone loads for each main page, and when it first shows something.

A Chromium opens each page as a phone on a slow network does: 1.6 Mbit/s down, 0.75 up, 150 ms a
round trip, and a quarter of this processor. It opens it cold, with an empty cache, and warm, once
more. FCP is the First Contentful Paint. The baseline is the FCP of the same HTML bare: without
style sheets, scripts and images, and not compressed. A map is usable with its first vehicle.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.support.application import open_application
from bench.support.report import Section
from bench.support.requests import Browser as SignedInBrowser
from bench.support.small_city import populate
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.screen import PHONE
from tests.browser.traffic import TrafficCounter

ROUNDS, QUICK_ROUNDS = 5, 1
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
#: Notes when the first marker of a map is there.
WATCH_MARKERS = """new MutationObserver((_, observer) => {
  if (!document.querySelector(".leaflet-marker-icon")) return;
  window.firstMarkerMs = performance.now();
  observer.disconnect();
}).observe(document, { subtree: true, childList: true })"""
#: What a bare page lacks.
NEEDS_FILES = re.compile(rb"<link\b[^>]*>|<script\b.*?</script>|<img\b[^>]*>|<use\b.*?</use>", re.S)
BARE = "/bare"


@dataclass(frozen=True)
class Visit:
    """What one page loads, when it first shows something, and its map a vehicle (0: no map)."""

    page: str
    cache: str
    requests: str
    size_bytes: int
    paint_ms: float
    bare_ms: float
    marker_ms: float

    def cells(self) -> Mapping[str, object]:
        return {
            "page": self.page,
            "cache": self.cache,
            "requests": self.requests,
            "KB": f"{self.size_bytes / 1000:.0f}",
            "FCP, ms": f"{self.paint_ms:.0f}",
            "FCP bare, ms": f"{self.bare_ms:.0f}",
            "above, ms": f"{self.paint_ms - self.bare_ms:.0f}",
            "first vehicle, ms": f"{self.marker_ms:.0f}" if self.marker_ms else "",
        }


def measure(quick: bool) -> Section:
    """Return two rows for each page, or for one page if ``quick``."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with open_application() as app, sync_playwright() as playwright:
        pages, cookie = make_pages(app, quick)
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        with serve(app) as site:
            rows = [
                visit
                for name, path in list(pages.items())[: 1 if quick else None]
                for visit in visit_page(browser, site, name, path, cookie, rounds)
            ]
        version = f"Chromium {browser.version}"
        browser.close()
    text = f"{version}; the median of {rounds} visits."
    return Section("The first visit on a phone", text, rows)


def make_pages(app: Flask, quick: bool) -> tuple[dict[str, str], str]:
    """Return the pages to open, by name, and the session cookie of the rider among them."""
    user, vehicle_keys = populate(app, quick)
    rider = SignedInBrowser(app, user)
    start = rider.post(f"/rides/start/{vehicle_keys[0]}")
    start()
    pages = {
        "start page": "/",
        "free vehicles": "/vehicles",
        "a vehicle": f"/vehicles/{vehicle_keys[1]}",
        "signing in": "/login",
        "a running ride, a rider": start.headers["Location"],
    }
    return pages, rider.cookie


def visit_page(
    browser: Browser, site: str, name: str, path: str, cookie: str, rounds: int
) -> Iterator[Visit]:
    """Yield the visit with an empty cache, and the one after it."""
    session = cookie if name.endswith("a rider") else ""
    bare_ms = median(open_page(browser, site, BARE + path, session)[0][2] for _ in range(rounds))
    visits = [open_page(browser, site, path, session) for _ in range(rounds)]
    for number, cache in enumerate(("cold", "warm")):
        requests, size_bytes, *_ = visits[0][number]
        paint_ms = median(visit[number][2] for visit in visits)
        marker_ms = median(visit[number][3] for visit in visits)
        yield Visit(name, cache, requests, size_bytes, paint_ms, bare_ms, marker_ms)


Load = tuple[str, int, float, float]


def open_page(browser: Browser, site: str, path: str, session: str) -> list[Load]:
    """Open a page twice; return the requests, the bytes, the FCP and the first marker of a map, in
    milliseconds, of each."""
    width, height = PHONE
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        if session:
            context.add_cookies([{"name": "movr", "value": session, "url": site}])
        page = context.new_page()
        page.add_init_script(WATCH_MARKERS)
        counter = TrafficCounter(page, site)
        counter.devtools.send("Network.emulateNetworkConditions", NETWORK)
        counter.devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        return [open_once(page, counter, path) for _ in range(2)]


def open_once(page: Page, counter: TrafficCounter, path: str) -> Load:
    traffic = counter.load(path)
    paint_ms: float = page.evaluate(FIRST_PAINT)
    data = f" + {len(traffic.data)} of the map" if traffic.data else ""
    marker_ms: float = page.evaluate("window.firstMarkerMs ?? 0")
    return f"{len(traffic.files)}{data}", traffic.bytes, paint_ms, marker_ms


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
