"""An app, and somebody who is signed in."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.oauth.program import Program
from tests.auth.oauth.steps import insert_client


@pytest.fixture
def program(app: Flask) -> Program:
    """A public app."""
    return Program(app, insert_client(app))


@pytest.fixture
def make_program(app: Flask) -> Callable[..., Program]:
    """Register another app; arguments as of ``insert_client``."""

    def make(**values: str) -> Program:
        return Program(app, insert_client(app, **values), secret=values.get("secret", ""))

    return make
