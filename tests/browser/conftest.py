"""A real Chromium on a real server. Skipped, saying so, where no Chromium is installed; with
CI=true that is a failure."""

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

SCREENSHOTS = Path(__file__).parents[2] / "instance" / "screenshots"
PHONE, DESK = (390, 844), (1280, 800)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not found and os.environ.get("CI") == "true":
        pytest.fail("There is no Chromium, and CI must have one.")
    if not found:
        pytest.skip("There is no Chromium on this machine.")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served for the time of the tests."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


class Screen:
    """A page of a browser, with the pictures it leaves and the errors it must not have."""

    def __init__(self, page: Page, site: str, name: str) -> None:
        self.page = page
        self.site = site
        self.name = name
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        # The pictures of the map do not load here, and a refused form is an answer.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page

    def shoot(self, step: str) -> None:
        """Leave a picture of what is seen now."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(250)  # let the map settle: for the eye, nothing depends on it
        self.page.screenshot(path=SCREENSHOTS / f"{self.name}-{step}.png")

    def open_menu(self) -> None:
        menu = self.page.locator(".menu summary")
        if menu.is_visible():
            menu.click()


@pytest.fixture
def open_screen(
    browser: Browser, site: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """Open a browser window: ``open_screen((390, 844), java_script_enabled=False)``."""
    contexts: list[BrowserContext] = []
    screens: list[Screen] = []

    def open_screen(size: tuple[int, int] = PHONE, **options: Any) -> Screen:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(10_000)
        # The machine that tests has no internet: maps must do without their pictures.
        context.route("**://tile.openstreetmap.org/**", lambda route: route.abort())
        contexts.append(context)
        name = request.node.originalname.removeprefix("test_")
        screens.append(Screen(context.new_page(), site, f"{name}-{width}"))
        return screens[-1]

    yield open_screen
    for context in contexts:
        context.close()
    assert [error for screen in screens for error in screen.errors] == []


@pytest.fixture
def last_link(app: Flask) -> Callable[..., str]:
    """The path of the link in the last mail, or in one before it."""

    def find(back: int = 1) -> str:
        body = app.extensions["mailman"].outbox[-back].body
        found = re.search(r"https?://[^/\s]+(/\S+)", body)
        assert found, body
        return found[1]

    return find
