"""The GBFS import as a function, and the vehicles that it wrote."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.fleet.commands import check_result
from webapp.extensions import db
from webapp.fleet.models import Vehicle

ImportFeed = Callable[..., Result]
ReadVehicles = Callable[[], dict[str, Vehicle]]


@pytest.fixture
def import_feed(app: Flask) -> ImportFeed:
    """Import a feed: ``import_feed(source, city="paris")``; checks that it does not crash.

    The servers of tests have private addresses.
    """

    def import_feed(
        source: object, *options: str, city: str = "new york", private: bool = True
    ) -> Result:
        arguments = ["fleet", "import-gbfs", str(source), "--city", city, *options]
        arguments += ["--allow-private"] if private else []
        return check_result(app.test_cli_runner().invoke(args=arguments))

    return import_feed


@pytest.fixture
def read_vehicles(app: Flask) -> ReadVehicles:
    """Read the imported vehicles by their id in the feed."""

    def read_vehicles() -> dict[str, Vehicle]:
        with app.app_context():
            vehicles = db.session.scalars(select(Vehicle)).all()
        by_id = {str(vehicle.feed_vehicle): vehicle for vehicle in vehicles}
        assert len(by_id) == len(vehicles), "duplicates"
        return by_id

    return read_vehicles
