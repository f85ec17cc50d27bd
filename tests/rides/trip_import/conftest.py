"""Write files of trips, import them, and read the rides."""

import csv
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tests.factories import PlanFactory
from tests.rides.trip_import.steps import (
    CENTS,
    TRIP,
    ReadRides,
    RunImport,
    WriteTrips,
)
from webapp.extensions import db
from webapp.fleet.pricing.models import PricingPlan
from webapp.rides.models import Ride
from webapp.rides.trip_import.trip_files import COLUMNS


@pytest.fixture
def write(tmp_path: Path) -> WriteTrips:
    """Write a file of trips, each like TRIP but for what is given."""

    def write(*trips: dict[str, str], name: str = "trips.csv") -> Path:
        file = tmp_path / name
        with file.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, COLUMNS)
            writer.writeheader()
            writer.writerows({**TRIP, **trip} for trip in trips)
        return file

    return write


@pytest.fixture
def run(app: Flask) -> RunImport:
    """Run the import. It may fail with a message, not with a traceback."""

    def invoke(file: Path, *options: str, city: str = "new york") -> Result:
        arguments = ["rides", "import-trips", str(file), "--city", city, *options]
        result = app.test_cli_runner().invoke(args=arguments)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def priced(make_plan: PlanFactory) -> PricingPlan:
    return make_plan(unlock_fee=100, segments=CENTS, parking_fee=900)


@pytest.fixture
def read_rides(app: Flask) -> ReadRides:
    """Read all rides with their plans and vehicles, in the order of their starts."""

    def read() -> list[Ride]:
        query = select(Ride).options(joinedload(Ride.plan), joinedload(Ride.vehicle))
        with app.app_context():
            return list(db.session.scalars(query.order_by(Ride.started_at, Ride.id)))

    return read
