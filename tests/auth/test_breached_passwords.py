"""Breached passwords: asked by five digits of a hash, and never in the way of a person."""

import threading
from collections.abc import Iterator
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask

from tests.auth.email_steps import NEW_PASSWORD_FIELDS
from tests.factories import PASSWORD
from tests.lent_connections import watch_calls
from tests.visitor import Visitor
from webapp.auth import breached_passwords
from webapp.auth.breached_passwords import is_breached

#: SHA-1 of "password": 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8
ANSWER = "003D68EB55068C33ACE09247EE4C639306B:3\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:{times}\r\n"


class Service(ThreadingHTTPServer):
    """What a service of ranges does: the prefix comes, the rest of many hashes goes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.times = 200, 9_545_824
        self.asked: list[tuple[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/range/"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Add-Padding"]))
        body = ANSWER.format(times=self.server.times).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Service()
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    monkeypatch.setitem(app.config, "BREACHED_PASSWORDS_URL", server.url)
    with app.app_context():
        yield server
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_found_by_five_digits_of_its_hash(service: Service) -> None:
    assert is_breached("password") is True
    assert service.asked == [("/range/5BAA6", "true")]


def test_a_password_that_is_not_in_the_response_is_not_breached(service: Service) -> None:
    assert is_breached("four words make one") is False
    assert len(service.asked) == 1


def test_padding_in_the_response_is_ignored(service: Service) -> None:
    service.times = 0
    assert is_breached("password") is False


@pytest.mark.parametrize("status", [404, 429, 503])
def test_an_error_of_the_service_refuses_no_password(
    service: Service, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    service.status = status
    assert is_breached("password") is False
    assert caplog.messages == ["cannot look up breached passwords: HTTPError"]


def test_a_service_that_does_not_answer_refuses_no_password(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.shutdown()
    service.server_close()
    assert is_breached("password") is False
    assert caplog.messages == ["cannot look up breached passwords: ConnectionError"]
    assert "5BAA6" not in caplog.text


def test_without_a_service_no_request_is_sent(app: Flask) -> None:
    assert app.config["BREACHED_PASSWORDS_URL"] == ""
    with app.app_context():
        assert is_breached("password") is False


def test_a_breached_password_shows_its_error_at_the_field(
    visitor: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix = sha1(PASSWORD.encode()).hexdigest().upper()[5:]
    monkeypatch.setitem(globals(), "ANSWER", f"{suffix}:{{times}}")
    person = {"city": "paris", "first_name": "Ada", "last_name": "Byron", "username": "ada"}
    words = {"password": PASSWORD, "password_again": PASSWORD}
    response = visitor.send("/register", **person, **words, email="ada@example.org")
    assert response.status_code == 422
    error = response.text.split('id="password-error"')[1].split("</p>")[0]
    assert "This password has appeared in a data breach. Choose another one." in error


def test_who_waits_for_the_service_holds_no_connection(
    app: Flask, ada_browser: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = watch_calls(app, monkeypatch, breached_passwords)
    ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert lent == [0, 0]
