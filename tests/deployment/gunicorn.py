"""gunicorn, started with the command of the Dockerfile."""

import http.client
import json
import os
import socket
import subprocess
import sys
from typing import Any

from sqlalchemy.engine import URL

import config
from tests.deployment.files import (
    instructions,
)
from tests.waiting import PATIENCE_S, wait_until


class Server:
    """gunicorn as the image runs it, on a port of its own."""

    def __init__(self, database: URL) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        command = next(json.loads(rest) for name, rest in instructions() if name == "CMD")
        command[command.index("--bind") + 1] = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=config.ROOT,
            env={
                **os.environ,
                "MOVR_ENV": "test",
                "DATABASE_URL": database.render_as_string(hide_password=False),
                # A page that a test holds up must not give up on a busy machine.
                "DATABASE_ANSWER_TIMEOUT_MS": str(round(PATIENCE_S * 1000)),
            },
        )

    def get(self, path: str) -> tuple[int, dict[str, Any] | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            return ask(connection, path)
        finally:
            connection.close()

    def wait_until_live(self) -> None:
        def is_live() -> bool:
            assert self.process.poll() is None
            try:
                return self.get("/health/live")[0] == 200
            except OSError:
                return False

        wait_until(is_live)

    def wait_for_exit(self) -> int:
        return self.process.wait(PATIENCE_S)


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, dict[str, Any] | None]:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(body) if is_json else None
