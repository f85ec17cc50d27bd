"""The web page of examples/ takes a ride from another site."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

import config
from tests.api.client import insert_token
from tests.browser.conftest import LIMIT_MS
from tests.factories import UserFactory, VehicleFactory


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def other_site() -> Iterator[str]:
    """The address of a server with the examples."""
    handler = partial(_Handler, directory=str(config.ROOT / "examples"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_web_page_rides_from_another_site(
    app: Flask,
    browser: Browser,
    site: str,
    other_site: str,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_vehicle()
    page = browser.new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto(f"{other_site}/ride.html")
    page.get_by_label("Server").fill(site)
    page.get_by_label("Access token").fill("wrong")
    ride, status = page.get_by_role("button", name="Ride the nearest"), page.get_by_role("status")
    ride.click()
    expect(status).to_have_text("Failed to fetch")
    monkeypatch.setitem(app.config, "API_CORS_ORIGINS", (other_site,))
    ride.click()
    expect(status).to_contain_text("Send a valid access token")
    page.get_by_label("Access token").fill(
        insert_token(app, make_user(), ("rides:read", "rides:write"))
    )
    ride.click()
    expect(status).to_have_text("Riding the Scooter.")
    expect(ride).to_be_hidden()
    page.get_by_role("button", name="End the ride").click()
    expect(status).to_contain_text("Receipt ")
    page.close()
