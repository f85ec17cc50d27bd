"""What ``flask work`` refuses before it runs a job."""

import socket

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import OperationalError

from webapp.ops import work


def call(app: Flask, *args: str) -> Result:
    result: Result = app.test_cli_runner().invoke(args=["work", *args])
    return result


def test_a_region_that_does_not_exist_is_refused_with_those_that_do(app: Flask) -> None:
    result = call(app, "--once", "--region", "us-east1", "--region", "us-esat1")
    assert result.exit_code == 1
    assert "There is no region us-esat1, only: " in result.output
    assert "us-east1" in result.output.split("only:")[1]


def test_the_regions_of_cities_and_of_the_setting_are_accepted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGION", "us-new1")
    result = call(app, "--once", "--region", "europe-west1", "--region", "us-new1")
    assert result.exit_code == 0, result.output


def test_while_the_database_does_not_answer_any_region_is_accepted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> set[str]:
        raise OperationalError("SELECT 1", {}, Exception("lost"), connection_invalidated=True)

    monkeypatch.setattr(work, "_read_regions", fail)
    with app.app_context():
        work.check_job_regions(["us-new1"])


@pytest.mark.parametrize("threads", [4, 5])
def test_more_threads_than_find_a_connection_are_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setitem(app.config, "DATABASE_POOL_SIZE", 4)
    result = call(app, "--threads", str(threads))
    assert result.exit_code == 1
    assert "DATABASE_POOL_SIZE is 4" in result.output


def test_a_port_for_metrics_that_is_taken_is_refused(app: Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = call(app, "--metrics-port", str(port))
    assert result.exit_code == 1
    assert f"Cannot serve metrics on 127.0.0.1:{port}" in result.output
