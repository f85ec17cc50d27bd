"""The commands of the README that use the API."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from tests.api.client import insert_token
from tests.api.live_server import serve
from tests.factories import UserFactory, VehicleFactory

README = Path(__file__).parents[2] / "README.md"


def test_the_ride_of_the_readme_runs_as_it_stands(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    make_vehicle()
    (script,) = re.findall(r"^## API$.*?^```sh$(.*?)^```$", README.read_text(), re.M | re.S)
    with serve(app) as url:
        script = script.replace("http://127.0.0.1:8000", url)
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("\nsend ", "\necho; send ")],
            env={**os.environ, "MOVR_TOKEN": insert_token(app, make_user())},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    started, running, reference, receipt = map(json.loads, result.stdout.split("\n")[1:])
    assert started["id"] == running["id"] == reference["id"] == receipt["id"]
    assert (running["state"], receipt["state"]) == ("running", "ended")
