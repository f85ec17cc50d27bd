"""SIGTERM under load: every client who connects gets a response."""

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import URL

from tests.deployment.gunicorn import Server
from tests.examples import examples
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.extensions import db
from webapp.numbers.unmet_demand.models import UnmetDemand

CLIENTS = 20
#: The drain of these tests; shorter than in production, so that they take less time.
DRAIN_S = "1"
STOPPING = (503, {"status": "not ready", "reason": "stopping"})


class Load:
    """Clients who request pages one after the other until the server refuses connections.

    Every second one keeps its connection as long as the server does.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connection_headers: list[str] = []  # of each response
        self.errors: list[str] = []

    def run(self, number: int) -> None:
        while True:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.server.port, timeout=WAIT_TIMEOUT_S
            )
            try:
                connection.connect()
            except ConnectionRefusedError:
                return
            except OSError as error:
                self.errors.append(f"connect: {error!r}")
                return
            try:
                self.request_pages(connection, keeps=number % 2 == 0)
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
            finally:
                connection.close()

    def request_pages(self, connection: http.client.HTTPConnection, keeps: bool) -> None:
        while True:
            headers = {} if keeps else {"Connection": "close"}
            connection.request("GET", "/vehicles", headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                self.errors.append(f"status {response.status}")
            self.connection_headers.append(response.headers.get("Connection", ""))
            if response.will_close:
                return


@pytest.fixture
def gunicorn(app: Flask, database: URL) -> Iterator[Server]:
    running = Server(database, DRAIN_S=DRAIN_S)
    yield running
    running.process.kill()
    running.process.wait()


@pytest.mark.parametrize("_stop", range(examples(2)))
def test_a_stop_under_load_loses_no_client(gunicorn: Server, _stop: int) -> None:
    gunicorn.wait_until_live()
    load = Load(gunicorn)
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(load.run, number) for number in range(CLIENTS)]
        wait_until(lambda: len(load.connection_headers) >= 2 * CLIENTS)
        gunicorn.process.terminate()
        for client in clients:
            client.result(WAIT_TIMEOUT_S)
    assert load.errors == []
    assert load.connection_headers[-1] == "close"
    assert gunicorn.wait_for_exit() == 0


def test_a_stopping_server_is_not_ready_and_accepts_connections_until_it_has_drained(
    app: Flask, database: URL
) -> None:
    """All of it on connections that were made after SIGTERM."""
    server = Server(database, DRAIN_S="3600")
    try:
        server.wait_until_live()
        wait_until(lambda: server.get("/health/ready")[0] == 200)
        server.process.terminate()
        wait_until(lambda: server.get("/health/ready") == STOPPING)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_TIMEOUT_S)
        connection.request("GET", "/vehicles")
        response = connection.getresponse()
        assert (response.status, response.headers["Connection"]) == (200, "close")
        assert response.read()
        connection.close()
    finally:
        server.process.kill()
        server.process.wait()


def test_what_a_server_has_counted_is_written_when_it_stops(app: Flask, database: URL) -> None:
    server = Server(database, DRAIN_S="0")
    try:
        server.wait_until_live()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_TIMEOUT_S)
        connection.request("GET", "/city/new%20york?lat=40.73&lon=-73.99")
        assert connection.getresponse().status == 200
        connection.close()
        server.process.terminate()
        assert server.wait_for_exit() == 0
    finally:
        server.process.kill()
        server.process.wait()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UnmetDemand)) == 1
