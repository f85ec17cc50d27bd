"""A Redis for tests, which keeps nothing: what it has in memory is lost when it ends."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.ports import find_free_port
from tests.waiting import WAIT_TIMEOUT_S, wait_until


def find_redis() -> str:
    """Return the path of ``redis-server`` or ``valkey-server``; '' where none is installed."""
    return shutil.which("redis-server") or shutil.which("valkey-server") or ""


def require_redis() -> None:
    """Skip the test where no Redis is installed; with CI=true that is a failure."""
    if find_redis():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("There is no redis-server, and CI must have one.")
    pytest.skip("no redis-server is installed: apt install redis-server")


class RedisServer:
    """A server on a port of its own, which stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = find_free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self.process = subprocess.Popen(
            [find_redis(), *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def kill(self) -> None:
        """End it with SIGKILL: what it had is lost."""
        self.process.kill()
        self.process.wait()

    def count(self, queue: str) -> int:
        """Return how many messages a queue of Celery has."""
        return int(self._ask(f"LLEN {queue}").removeprefix(":"))

    def _answers(self) -> bool:
        try:
            return self._ask("PING") == "+PONG"
        except OSError:
            return False

    def _ask(self, command: str) -> str:
        with socket.create_connection(
            ("127.0.0.1", self._port), timeout=WAIT_TIMEOUT_S
        ) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.makefile().readline().strip()
