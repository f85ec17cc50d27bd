"""Signing in to an app in a real browser, under our Content Security Policy."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.auth.oauth.program import Program
from tests.auth.oauth.steps import insert_client
from tests.browser.screen import Screen
from tests.factories import PASSWORD, UserFactory


class _App(BaseHTTPRequestHandler):
    """What an app on the same machine listens with."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"You may close this window.")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def program(app: Flask) -> Iterator[Program]:
    client_id = insert_client(app, redirect_uris=["http://127.0.0.1/back"])
    with HTTPServer(("127.0.0.1", 0), _App) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Program(app, client_id, f"http://127.0.0.1:{server.server_port}/back")
        server.shutdown()


@pytest.mark.browser
def test_a_person_signs_in_decides_and_comes_back_to_the_app(
    open_screen: Callable[..., Screen], make_user: UserFactory, program: Program
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.go(program.authorize_path("account:read rides:write"))
    page.get_by_label("Username or e-mail").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Allow Trip planner?")).to_be_visible()
    screen.inspect("consent")
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{program.redirect_uri}?code=*")

    page = screen.go(program.authorize_path())
    page.get_by_role("button", name="Don't allow").click()
    page.wait_for_url(f"{program.redirect_uri}?error=access_denied*")


@pytest.mark.browser
def test_an_error_leads_from_the_form_of_signing_in_to_the_app(
    open_screen: Callable[..., Screen], make_user: UserFactory, program: Program
) -> None:
    make_user("ada")
    page = open_screen().sign_in("ada", program.authorize_path("everything"))
    page.wait_for_url(f"{program.redirect_uri}?error=invalid_scope*")
