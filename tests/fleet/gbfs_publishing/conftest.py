"""Changing a city, and its zones."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.fleet.zones.conftest import make_zone  # noqa: F401 - a fixture
from webapp.db.transactions import execute_write
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

ChangeCity = Callable[..., None]


@pytest.fixture
def change_city(app: Flask) -> ChangeCity:
    """Change columns of New York."""

    def change(**columns: Any) -> None:
        with app.app_context():
            execute_write(update(City).where(City.name == "new york").values(columns))
            catalogue().forget()

    return change
