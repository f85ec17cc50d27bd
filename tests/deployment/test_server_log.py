"""What a server writes: JSON from its first line to its last, one line for each request."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import URL

import config
from tests.deployment.gunicorn import Server
from tests.waiting import wait_until


@pytest.fixture
def log(app: Flask, database: URL, tmp_path: Path) -> Any:
    """Start a server, send it requests, stop it, and return its log."""
    path = tmp_path / "log"
    with path.open("w") as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)  # the server inherits it
        try:
            server = Server(database, WEB_CONCURRENCY="1", LOG_FORMAT="json")
        finally:
            os.dup2(saved, 2)
            os.close(saved)
    try:
        server.wait_until_live()
        server.get("/reset/t0ken-of-a-link")
        send(server, b"GET /ada@example.org HTTP/9.9\r\n\r\n")
        send(server, b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000)
        wait_until(lambda: "431" in path.read_text())
    finally:
        server.stop()
    return [json.loads(line) for line in path.read_text().splitlines()]


def send(server: Server, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(request)
        client.recv(1000)


def test_every_line_of_a_server_is_json_and_every_request_has_one(log: list[Any]) -> None:
    text = json.dumps(log)
    assert "t0ken" not in text
    assert "ada@" not in text
    assert "127.0.0.1 " not in text
    requests = [line for line in log if line["event"] == "request"]
    statuses = {(line["route"], line["status"]) for line in requests}
    assert ("/reset/<token>", 410) in statuses
    assert ("none", 400) in statuses
    assert ("none", 431) in statuses
    assert any("Shutting down" in line["event"] for line in log)


def test_a_command_in_production_writes_its_line_to_standard_error(
    app: Flask, database: URL
) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "cities", "list"],
        cwd=config.ROOT,
        env={
            **os.environ,
            "MOVR_ENV": "test",
            "LOG_FORMAT": "json",
            "DATABASE_URL": database.render_as_string(hide_password=False),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = map(json.loads, result.stderr.splitlines())
    assert (line["event"], line["command"], line["exit_code"]) == ("command", "cities list", 0)
    assert "New York" in result.stdout
