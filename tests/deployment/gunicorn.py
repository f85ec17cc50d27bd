"""gunicorn, started with the command of the Dockerfile."""

import http.client
import json
import os
import runpy
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy.engine import URL

import config
from tests.deployment.files import instructions
from tests.ports import find_free_port
from tests.waiting import WAIT_TIMEOUT_S, wait_until


def read_gunicorn_settings() -> dict[str, Any]:
    """Run gunicorn.conf.py, which sets environment variables, without changing those of the tests."""
    with patch.dict(os.environ, {"PROMETHEUS_MULTIPROC_DIR": "/nowhere", "FLASK_SKIP_DOTENV": "1"}):
        return runpy.run_path(str(config.ROOT / "gunicorn.conf.py"))


class Server:
    """gunicorn as the image runs it, on a port of its own.

    worker: constants of gunicorn_worker that it shall have instead, as ``{"LINGER_S": 0.1}``.
    environment: its environment variables besides ours.
    """

    def __init__(
        self, database: URL, worker: Mapping[str, float] | None = None, **environment: str
    ) -> None:
        self.port = find_free_port()
        command = next(json.loads(rest) for name, rest in instructions() if name == "CMD")
        command[command.index("--bind") + 1] = f"127.0.0.1:{self.port}"
        if worker:
            command[1:1] = ["--config", str(_write_config(worker))]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=config.ROOT,
            env={
                **os.environ,
                "FLASK_SKIP_DOTENV": "1",
                "MOVR_ENV": "test",
                "DATABASE_URL": database.render_as_string(hide_password=False),
                # A page that a test holds up must not give up on a busy machine.
                "DATABASE_ANSWER_TIMEOUT_MS": str(round(WAIT_TIMEOUT_S * 1000)),
                **environment,
            },
        )

    def get(self, path: str) -> tuple[int, dict[str, Any] | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_TIMEOUT_S)
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
        return self.process.wait(WAIT_TIMEOUT_S)

    def stop(self) -> None:
        """End it with SIGTERM; with SIGKILL if that takes too long."""
        self.process.terminate()
        try:
            self.wait_for_exit()
        finally:
            self.process.kill()
            self.process.wait()


def _write_config(worker: Mapping[str, float]) -> Path:
    """Write a copy of gunicorn.conf.py that also changes constants of the worker."""
    lines = [f"gunicorn_worker.{name} = {value!r}" for name, value in worker.items()]
    text = (config.ROOT / "gunicorn.conf.py").read_text()
    path = Path(os.environ["MOVR_TEST_INSTANCE"], f"gunicorn-{secrets.token_hex(4)}.conf.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([text, "import gunicorn_worker", *lines]))
    return path


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, dict[str, Any] | None]:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    is_json = response.headers.get_content_type() == "application/json"
    return response.status, json.loads(body) if is_json else None
