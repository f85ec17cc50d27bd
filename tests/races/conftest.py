"""An application context for each test of races, and rides that have ended."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.rides.steps import make_ended_ride  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield
