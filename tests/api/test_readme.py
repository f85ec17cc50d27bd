"""The commands of the README that use the API."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.api.client import insert_token
from tests.factories import UserFactory, VehicleFactory

README = Path(__file__).parents[2] / "README.md"


def test_the_ride_of_the_readme_runs_as_it_stands(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    make_vehicle()
    (script,) = re.findall(r"^## API$.*?^```sh$(.*?)^```$", README.read_text(), re.M | re.S)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{server.server_port}")
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("\nsend ", "\necho; send ")],
        env={**os.environ, "MOVR_TOKEN": insert_token(app, make_user())},
        capture_output=True,
        text=True,
        check=False,
    )
    server.shutdown()
    server.server_close()
    assert result.returncode == 0, result.stdout + result.stderr
    started, running, reference, receipt = map(json.loads, result.stdout.split("\n")[1:])
    assert started["id"] == running["id"] == reference["id"] == receipt["id"]
    assert (running["state"], receipt["state"]) == ("running", "ended")
