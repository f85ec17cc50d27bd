"""Applications whose log lines a test can read."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.observability.log_lines import LogLines
from tests.observability.metrics_page import TOKEN
from webapp.observability.logs import JSON, make_handler


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """What production would write to standard error from now on."""
    lines = LogLines()
    handler = make_handler(JSON, "us-east1", lines.stream)
    handler.addFilter(lambda record: record.name != "werkzeug")  # the tests' OpenID provider
    own, root = logging.getLogger("webapp"), logging.getLogger()
    level = own.level
    own.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)
    own.setLevel(level)


@pytest.fixture
def token(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """/metrics answers who sends AUTHORIZATION."""
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)
