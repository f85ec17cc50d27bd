"""Each program of examples/ takes a full ride on a real server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

import config
from tests.api.client import insert_token
from tests.api.live_server import serve
from tests.factories import PlanFactory, UserFactory, VehicleFactory

EXAMPLES = config.ROOT / "examples"
PLACE = ["new york", "40.7306", "-73.9866"]


def run(token: str, *command: str | Path, **environment: str) -> str:
    """Run an example; return what it prints."""
    result = subprocess.run(
        command,
        env={**os.environ, "MOVR_TOKEN": token, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def token(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> str:
    """The token of a rider, near a vehicle."""
    make_plan(unlock_fee=100)
    make_vehicle(at=(40.7306, -73.9866))
    return insert_token(app, make_user(), ("rides:read", "rides:write"))


RIDDEN = ["The nearest vehicle is 0 m away.", "It is paused."]


def test_the_script_with_curl_rides(app: Flask, token: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    with serve(app) as url:
        lines = run(token, EXAMPLES / "ride.sh", url, *PLACE).splitlines()
        assert [lines[0], lines[2]] == RIDDEN
        assert "'currency': 'USD'" in lines[3]


def test_a_client_that_is_generated_from_the_document_rides(
    app: Flask, token: str, tmp_path: Path
) -> None:
    with serve(app) as url:
        document = tmp_path / "openapi.json"
        document.write_bytes(app.test_client().get("/api/v1/openapi.json").data)
        generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
        client = tmp_path / "movr_client"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # it formats with ruff
        run(token, *generate, "--path", document, "--output-path", client, PATH=path)
        example = tmp_path / "ride.py"
        example.write_bytes((EXAMPLES / "ride.py").read_bytes())
        lines = run(token, sys.executable, example, url, *PLACE).splitlines()
        assert [lines[0], lines[2]] == RIDDEN
        assert "'currency': 'USD'" in lines[3]
