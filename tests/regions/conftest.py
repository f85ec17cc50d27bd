"""Boston moves, and is back before the next test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from webapp.extensions import db
from webapp.regions import moving
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


@pytest.fixture
def move(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Move Boston, or another city, with the command; return what it says. Nobody is waited for."""
    monkeypatch.setattr(moving, "notice_s", lambda: 0.0)

    def run(region: str = "us-west1", city: str = "boston") -> Any:
        return app.test_cli_runner().invoke(args=["cities", "move", city, "--region", region])

    yield run
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(City).where(City.name == "boston").values(region="us-east1"))
        catalogue().forget()
