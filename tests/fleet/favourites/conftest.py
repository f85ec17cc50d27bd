"""A rider with favourites."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from tests.auth.steps import new_browser
from tests.visitor import Visitor
from webapp.auth.models import User

#: Columns of a vehicle that somebody has reserved: riders can save it, and wait for it.
RESERVED: dict[str, Any] = {
    "state": "reserved",
    "reserved_until": func.now() + timedelta(hours=1),
}
#: The form of a place.
PLACE = {"label": "Home", "lat": "40.73", "lon": "-73.99"}


@pytest.fixture
def ada_browser(app: Flask, ada: User) -> Visitor:
    return new_browser(app).sign_in(ada)
