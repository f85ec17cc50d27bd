"""A day of real trips of Louisville."""

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text

from tests.auth.steps import read_all_rows
from tests.factories import PlanFactory, UserFactory
from tests.ledger_audit import check_ledger
from tests.rides.trip_import.steps import (
    CENTS,
    ReadRides,
    RunImport,
)
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.pricing.quotes import quote_ride
from webapp.fleet.zones.cache import city_zones
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.models import City
from webapp.riders.wallet.ledger import read_balances
from webapp.rides.models import Ride

LOUISVILLE = Path(__file__).resolve().parents[4] / "shared/data/louisville"


@pytest.fixture
def louisville(app: Flask, make_plan: PlanFactory) -> City:
    """The city with all its zones, and with prices."""
    if not LOUISVILLE.exists():
        pytest.skip(f"The day of Louisville is not on this machine ({LOUISVILLE}).")
    with app.app_context():
        add_city(
            name="louisville", label="Louisville", region="us-east1", currency="USD",
            timezone="America/Kentucky/Louisville", lat=38.2527, lon=-85.7585,
        )  # fmt: skip
        city = catalogue().find("louisville")
        assert city
    for name, *options in [
        ("municipal-boundary", "--kind", "service_area", "--name", "City"),
        ("operating-area", "--kind", "service_area", "--add"),
        ("no-ride-zone", "--kind", "no_ride", "--fee", "5.00"),
        ("slow-ride-zone",),
    ]:
        arguments = [str(LOUISVILLE / f"{name}.geojson"), "--city", "louisville", *options]
        result = app.test_cli_runner().invoke(args=["zones", "import", *arguments])
        assert result.exit_code == 0, result.output
    make_plan("louisville", unlock_fee=100, segments=CENTS, parking_fee=900)
    return city


@pytest.mark.slow
def test_a_day_of_real_trips_is_imported(
    app: Flask,
    louisville: City,
    run: RunImport,
    read_rides: ReadRides,
    visitor: Visitor,
    make_user: UserFactory,
) -> None:
    ada, file = make_user("ada"), LOUISVILLE / "trips-2019-08-01.csv"
    result = run(file, "--rider", "ada", city="louisville")
    assert result.output == (
        "Trips of trips-2019-08-01.csv in Louisville:\n"
        "  1000 new rides, 0 known already\n"
        "  12,026 minutes, 1,337.4 km, $4,169.50\n"
        "  981 ended where rides may end\n"
        "  19 ended where that costs a fee"
        " (outside the service area: 17, Kentucky Exposition Center: 2)\n"
    )
    rides = read_rides()
    check_sums(file, rides)
    with app.app_context():
        for ride in rides:
            assert ride.end.point
            parking = city_zones(louisville).check_parking(ride.end.point)
            paid = 0 if parking.allowed else 500 if parking.zone else 900
            assert ride.plan
            assert ride.duration is not None
            assert ride.price == quote_ride(ride.plan.tariff, ride.duration, paid).total
        with db.engines["write"].connect() as connection:
            check_ledger(connection)
            assert connection.execute(text(OVERLAPS)).all() == []
        assert read_balances(ada.key) == {"USD": -416_950}
    check_pages(visitor.sign_in(ada), rides)
    before = read_all_rows(app)
    assert "0 new rides, 1000 known already" in run(file, city="louisville").output
    assert set(before["rides"]) == set(read_all_rows(app)["rides"])


OVERLAPS = """
    SELECT a.id, b.id FROM rides AS a JOIN rides AS b
        ON (a.region, a.vehicle_id) = (b.region, b.vehicle_id) AND a.id < b.id
    WHERE a.started_at < b.ended_at AND b.started_at < a.ended_at"""


def check_sums(file: Path, rides: list[Ride]) -> None:
    """Check that the sums of the rides are those of the file."""
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    minutes = sum(int(row["TripDuration"]) for row in rows)
    assert minutes == sum((ride.duration or timedelta()).total_seconds() for ride in rides) / 60
    miles = sum(float(row["TripDistance"]) for row in rows)
    assert sum(ride.distance_m or 0 for ride in rides) == pytest.approx(miles * 1609.344, abs=500)
    time_zone = ZoneInfo("America/Kentucky/Louisville")
    assert Counter(f"{ride.started_at.astimezone(time_zone):%H:%M}" for ride in rides) == Counter(
        row["StartTime"] for row in rows
    )


def check_pages(rider: Visitor, rides: list[Ride]) -> None:
    """Check that the pages show the imported day."""
    history = rider.get("/rides").text
    assert history.count('class="card-row"') == 5
    assert "1 Aug 2019" in history
    assert rider.get(f"/rides/{rides[0].key}").status_code == 200
    assert "4,169.50" in rider.get("/wallet").text
    for path in ("/rides/use", "/city/louisville", "/vehicles?city=louisville", "/rides.csv"):
        assert rider.get(path).status_code == 200, path
