"""A real Chromium on a real server. Skipped, saying so, where no Chromium is installed; with
CI=true that is a failure."""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.screen import DESK, PHONE, Screen
from tests.job_steps import read_mails
from webapp.fleet import cards
from webapp.fleet.live_map import controllers as live_map
from webapp.fleet.vehicle_columns import VehicleRow

#: Chromium gets the last list of disabled features: Playwright's own, and what costs half of the
#: processor time beside the page: pages within the address bar, and a process for the next site.
DISABLED_FEATURES = [
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades"),
    *("LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *("PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
    *("SpareRendererForSitePerProcess", "WebUIOmniboxAimPopup", "WebUIOmniboxPopup"),
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    f"--disable-features={','.join(DISABLED_FEATURES)}",
    "--js-flags=--no-opt --no-maglev",  # a page is closed before faster machine code has paid
    # The machine that tests has no internet: map tiles fail at once, without a name server.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


#: How long a page may take, on a machine however busy.
LIMIT_MS = 60_000
expect.set_options(timeout=LIMIT_MS)

#: Programs of a Chromium. The first has no window to draw, and costs half the processor time.
CHROMIUM = ["chromium-headless-shell", "chromium", "chromium-browser"]


def chromium() -> str:
    program = next(filter(None, map(shutil.which, CHROMIUM)), "")
    if not program and os.environ.get("CI") == "true":
        pytest.fail("There is no Chromium, and CI must have one.")
    if not program:
        pytest.skip("There is no Chromium on this machine.")
    return program


@pytest.fixture(scope="session")
def launch_browser() -> Iterator[Callable[[], Browser]]:
    """Return the Chromium of this worker; a new one after a crash, which fails one test and not all
    that come after it. The end of Playwright closes it: that kills one that does not end in 30 s,
    and ``close()`` waits for ever."""
    running: list[Browser] = []
    with sync_playwright() as playwright:

        def find_or_launch() -> Browser:
            if not (running and running[-1].is_connected()):
                launch = playwright.chromium.launch
                running.append(launch(executable_path=chromium(), args=ARGUMENTS))
            return running[-1]

        yield find_or_launch


@pytest.fixture
def browser(launch_browser: Callable[[], Browser]) -> Browser:
    """Each window has a context of its own."""
    return launch_browser()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served for the time of the tests."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    dimensions: tuple[int, int] = request.param
    return dimensions


@pytest.fixture
def open_screen(
    browser: Browser, site: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """Open a browser window: ``open_screen((390, 844), java_script_enabled=False)``."""
    screens: list[Screen] = []
    with ExitStack() as contexts:

        def open_screen(size: tuple[int, int] = PHONE, **options: Any) -> Screen:
            width, height = size
            options.setdefault("locale", "en-IE")  # kilometres and 24 hours
            viewport = {"width": width, "height": height}
            context = contexts.enter_context(browser.new_context(viewport=viewport, **options))  # type: ignore[arg-type]
            context.set_default_timeout(LIMIT_MS)
            name = request.node.originalname.removeprefix("test_")
            screens.append(Screen(context.new_page(), site, name))
            return screens[-1]

        yield open_screen
    assert [error for screen in screens for error in screen.errors] == []


@pytest.fixture
def shows_brands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show visitors the brands of vehicles, by which tests tell them apart."""
    for module in (cards, live_map):
        monkeypatch.setattr(module, "make_anonymous_copy", VehicleRow.copy)


@pytest.fixture
def last_link(app: Flask) -> Callable[..., str]:
    """The path of the link in the last mail, or in one before it."""

    def find(back: int = 1) -> str:
        body = read_mails(app)[-back].body
        match = re.search(r"https?://[^/\s]+(/\S+)", body)
        assert match, body
        return match[1]

    return find
