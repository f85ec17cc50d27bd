"""Measure the markers of the live map: the processor time of a browser's page to draw a thousand
vehicles, and to move all of them after a poll, beside as many plain markers of Leaflet."""

from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from bench.support.report import Figure, Section
from tests.browser.conftest import ARGUMENTS, chromium
from webapp.web.assets.build import LEAFLET

VEHICLES = 1_000
STATIC = Path(__file__).resolve().parents[1] / "webapp/static"
SITE = "http://movr.test"
#: Longer than a marker moves, milliseconds.
MOVE_MS = 700
HTML = Path(__file__).resolve().parent / "support/live_markers.html"


def measure(quick: bool) -> Section:
    """Return what a page with a thousand vehicles takes."""
    count = 100 if quick else VEHICLES
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        ours, plain = (_measure_page(browser.new_page(), name, count) for name in ("ours", "plain"))
        for subject, value, yardstick_value in zip(
            (f"{count:,} vehicles drawn", f"{count:,} vehicles moved"), ours, plain, strict=True
        ):
            rows.append(Figure(subject, "plain Leaflet markers", value, yardstick_value))
        browser.close()
    return Section("The markers of the live map", "Ours are grouped and move smoothly.", rows)


def _measure_page(page: Page, name: str, count: int) -> tuple[float, float]:
    """Return the milliseconds of processor time to draw and to move the markers."""
    page.route("**/*", lambda route: _answer(route, HTML.read_text().replace("COUNT", str(count))))
    page.goto(SITE)
    page.wait_for_function("window.isReady")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    times = []
    for shift in (0, 0.0005):
        before = _read_cpu_ms(devtools)
        page.evaluate(f"window.{name}({shift})")
        page.wait_for_timeout(MOVE_MS)
        times.append(_read_cpu_ms(devtools) - before)
    page.close()
    return times[0], times[1]


def _answer(route: Route, html: str) -> None:
    path = route.request.url.removeprefix(SITE).partition("#")[0]
    if path == "/":
        return route.fulfill(body=html, content_type="text/html")
    file = LEAFLET / path.removeprefix("/leaflet/") if "/leaflet/" in path else STATIC / path[1:]
    return route.fulfill(path=file) if file.is_file() else route.abort()


def _read_cpu_ms(devtools: CDPSession) -> float:
    metrics: list[dict[str, Any]] = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration") * 1000
