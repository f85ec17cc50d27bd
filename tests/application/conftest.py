"""What the tests of mail share."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask


@pytest.fixture
def outbox(app: Flask) -> Iterator[list[Any]]:
    """What the application has sent in this test."""
    messages: list[Any] = app.extensions["mailman"].outbox
    messages.clear()
    yield messages
    messages.clear()


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
