"""``flask rides import-trips``: trips of a file become ended rides, each once."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

import config
from tests.auth.steps import read_all_rows, read_audit_events, sign_in
from tests.factories import PlanFactory, UserFactory
from tests.ledger_audit import check_ledger
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.price import Quote, quote_ride
from webapp.fleet.zones.cache import city_zones
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.models import WalletEntry
from webapp.rides.models import Ride
from webapp.rides.trip_import import services
from webapp.rides.trip_import.conversion import assign_vehicles, convert_trips
from webapp.rides.trip_import.services import TripImportResult
from webapp.rides.trip_import.trip_files import COLUMNS, Trip, read_trip_file

LOUISVILLE = Path(__file__).resolve().parents[3] / "shared/data/louisville"
TRIP = {
    "TripID": "t1",
    "StartDate": "2026-07-01",
    "StartTime": "08:15",
    "EndDate": "2026-07-01",
    "EndTime": "08:30",
    "TripDuration": "11",
    "TripDistance": "1.5",
    "StartLatitude": "40.730",
    "StartLongitude": "-73.990",
    "EndLatitude": "40.740",
    "EndLongitude": "-73.980",
}
WriteTrips = Callable[..., Path]
RunImport = Callable[..., Result]
ReadRides = Callable[[], list[Ride]]

CENTS = [{"start": 0, "rate": 25, "interval": 1, "end": None}]


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
        whole = select(Ride).options(joinedload(Ride.plan), joinedload(Ride.vehicle))
        with app.app_context():
            return list(db.session.scalars(whole.order_by(Ride.started_at, Ride.id)))

    return read


def check_refused(result: Result, *words: str) -> None:
    """Check that the command failed with one line that holds the words."""
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1, result.output
    for word in words:
        assert word in result.output


def make_row(n: int, **columns: str) -> dict[str, str]:
    return {"TripID": f"t{n}", **columns}


def import_part(file: Path, part: slice = slice(None)) -> TripImportResult:
    """Import a part of a file's trips in New York."""
    city, result = catalogue().find("new york"), TripImportResult()
    assert city
    trip_file = read_trip_file(file, city)
    trip_import = services.prepare_import(city, trip_file, None)
    rides = convert_trips(trip_import, trip_file.trips)
    services.write_batch(trip_import, rides[part], services.last_places(rides), result)
    return result


# --- what a trip becomes -------------------------------------------------------------------


def test_a_trip_becomes_a_ride_that_has_ended_with_its_price_and_entry(
    app: Flask, run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    result = run(write({}))
    assert result.exit_code == 0, result.output
    assert result.output == (
        "Trips of trips.csv in New York:\n"
        "  1 new rides, 0 known already\n"
        "  11 minutes, 2.4 km, $3.75\n"
        "  1 ended where rides may end\n"
    )
    (ride,) = read_rides()
    assert ride.plan
    assert ride.price_lines
    assert (ride.city, ride.region, ride.plan.id) == ("new york", "us-east1", priced.id)
    assert ride.started_at == datetime(2026, 7, 1, 12, 15, tzinfo=UTC), "in New York's summer"
    assert ride.duration == timedelta(minutes=11)
    assert (ride.start.point, ride.end.point) == ((40.73, -73.99), (40.74, -73.98))
    assert ride.distance_m == 2414, "a mile and a half"
    assert (ride.price, ride.currency) == (375, "USD")
    assert Quote.from_json("USD", ride.price_lines) == quote_ride(
        priced.tariff, timedelta(minutes=11)
    )
    assert (ride.vehicle.state, ride.vehicle.point) == ("available", (40.74, -73.98))
    with app.app_context():
        (entry,) = db.session.scalars(select(WalletEntry))
        assert (entry.kind, entry.ride_id, entry.rider_id) == ("ride", ride.id, ride.rider_id)
        with db.engines["write"].connect() as connection:
            check_ledger(connection)


def test_a_second_run_changes_nothing(
    app: Flask, run: RunImport, write: WriteTrips, priced: PricingPlan
) -> None:
    file = write(*(make_row(n) for n in range(5)))
    run(file)
    before = read_all_rows(app)
    assert run(file).output.splitlines()[1:] == ["  0 new rides, 5 known already"]
    assert read_all_rows(app) == before


def test_an_interrupted_run_is_finished_by_the_next(
    app: Flask,
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    priced: PricingPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "BATCH_SIZE", 2)
    file = write(*(make_row(n, StartTime="08:00", EndTime="08:15") for n in range(7)))
    with app.app_context():
        import_part(file, slice(2, 4))
    assert "5 new rides, 2 known already" in run(file).output
    assert len({ride.vehicle_id for ride in read_rides()}) == len(read_rides()) == 7


def test_two_runs_at_once_write_each_ride_once(
    app: Flask, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    file = write(*(make_row(n) for n in range(20)))
    results = run_together(app, *[lambda: import_part(file)] * 3)
    assert sorted(result.rides for result in results) == [0, 0, 20]
    assert len(read_rides()) == 20
    with app.app_context(), db.engines["write"].connect() as connection:
        check_ledger(connection)


def test_trips_of_another_file_use_other_vehicles(
    run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    run(write(make_row(1), make_row(2)))
    assert (
        "1 new rides, 2 known already" in run(write(make_row(1), make_row(2), make_row(3))).output
    )
    assert len({ride.vehicle_id for ride in read_rides()}) == 3


def test_a_free_ride_has_no_entry(
    app: Flask, run: RunImport, write: WriteTrips, read_rides: ReadRides, make_plan: PlanFactory
) -> None:
    make_plan()
    assert "$0.00" in run(write({})).output
    assert read_rides()[0].price == 0
    with app.app_context():
        assert db.session.scalars(select(WalletEntry)).all() == []


# --- vehicles ------------------------------------------------------------------------------


def trip(start: int, minutes: int) -> Trip:
    began = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=start)
    here = Point(0, 0)
    return Trip(str(start), began, began + timedelta(minutes=minutes), here, here, 0)


def test_the_vehicle_free_for_longest_is_assigned_next() -> None:
    trips = [trip(0, 30), trip(5, 5), trip(10, 10), trip(20, 5), trip(30, 5), trip(31, 5)]
    assert assign_vehicles(trips) == [1, 2, 2, 2, 2, 1]


def test_a_trip_of_zero_duration_leaves_its_vehicle_free() -> None:
    assert assign_vehicles([trip(0, 0), trip(0, 0), trip(0, 5), trip(0, 5)]) == [1, 1, 1, 2]


# --- the account of the rides ------------------------------------------------------------------------


def test_without_a_rider_the_rides_belong_to_an_account_without_a_login(
    app: Flask,
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    visitor: Visitor,
    priced: PricingPlan,
) -> None:
    run(write({}))
    with app.app_context():
        user = db.session.scalars(select(User)).unique().one()
        assert read_balances(user.key) == {"USD": -375}
    assert (read_rides()[0].rider_region, read_rides()[0].rider_id) == user.key
    assert (user.username, user.password_hash) == ("trips-new-york", "")
    assert user.disabled_at
    assert user.email.endswith(".invalid")
    assert sign_in(visitor, "trips-new-york", "").status_code == 422
    visitor.send("/forgotten", email=user.email)
    assert app.extensions["mailman"].outbox == []


def test_the_rides_can_belong_to_an_existing_account(
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    rider: Visitor,
    make_user: UserFactory,
    priced: PricingPlan,
) -> None:
    ada = make_user("ada", city="paris")
    assert run(write({}), "--rider", "Ada").exit_code == 0
    assert (read_rides()[0].rider_region, read_rides()[0].rider_id) == ada.key
    page = rider.sign_in(ada).get("/rides").text
    assert "11 min" in page
    check_refused(run(write({}), "--rider", "nobody"), "no account 'nobody'")


def test_an_existing_account_with_the_same_name_is_not_used(
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    make_user: UserFactory,
    priced: PricingPlan,
) -> None:
    make_user("trips-new-york")
    check_refused(run(write({})), "'trips-new-york' is somebody's", "--rider")
    assert read_rides() == []


def test_the_audit_event_of_an_import_does_not_name_the_rider(
    app: Flask, run: RunImport, write: WriteTrips, priced: PricingPlan
) -> None:
    run(write(make_row(1), make_row(2)))
    (event,) = read_audit_events(app, AuditKind.TRIPS_IMPORTED)
    assert (event.subject, event.actor, event.details["rides"]) == ("city new york", None, 2)


# --- invalid trips and files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"EndTime": "08:00"}, "it ends before it begins"),
        ({"EndDate": "2026-06-30"}, "it ends before it begins"),
        ({"TripDuration": "300"}, "it lasts longer or shorter than its times say"),
        ({"StartTime": "24:00"}, "a time is none"),
        ({"StartDate": "yesterday"}, "a time is none"),
        ({"TripDuration": "-5"}, "its duration is no number"),
        ({"TripDistance": "far"}, "its distance is no number"),
        ({"EndLatitude": ""}, "a position is no number"),
        ({"EndLatitude": "91"}, "a position is more than 100 km from New York"),
        ({"EndLongitude": "nan"}, "a position is more than 100 km from New York"),
        ({"StartLatitude": "0", "StartLongitude": "0"}, "more than 100 km from New York"),
        ({"TripID": " "}, "it has no id"),
        ({"TripID": "t2"}, "its id is there twice"),
        (
            {"StartDate": "2026-03-08", "StartTime": "02:30", "EndDate": "2026-03-08"},
            "a time was left out when the clocks were put forward",
        ),
    ],
)
def test_an_invalid_trip_is_skipped_and_counted(
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    priced: PricingPlan,
    wrong: dict[str, str],
    reason: str,
) -> None:
    result = run(write(make_row(2), wrong))
    assert result.exit_code == 0, result.output
    assert "1 new rides" in result.output
    assert "1 skipped: " in result.output
    assert reason in result.output
    assert len(read_rides()) == 1


def test_a_row_that_is_cut_short_is_skipped(
    run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan
) -> None:
    file = write(make_row(1))
    file.write_text(file.read_text() + "t2,2026-07-01,08:15\n")
    assert "1 skipped" in run(file).output
    assert len(read_rides()) == 1


@pytest.mark.parametrize(
    ("start", "end", "minutes", "began"),
    [
        ("01:45", "01:15", "30", datetime(2026, 11, 1, 5, 45, tzinfo=UTC)),
        ("01:00", "01:15", "75", datetime(2026, 11, 1, 5, 0, tzinfo=UTC)),
        ("01:00", "02:00", "60", datetime(2026, 11, 1, 6, 0, tzinfo=UTC)),
        ("00:45", "02:00", "135", datetime(2026, 11, 1, 4, 45, tzinfo=UTC)),
    ],
)
def test_when_clocks_are_put_back_the_duration_decides_which_hour_is_meant(
    run: RunImport, write: WriteTrips, read_rides: ReadRides, priced: PricingPlan,
    start: str, end: str, minutes: str, began: datetime,
) -> None:  # fmt: skip
    day = {"StartDate": "2026-11-01", "EndDate": "2026-11-01"}
    run(write({**day, "StartTime": start, "EndTime": end, "TripDuration": minutes}))
    (ride,) = read_rides()
    assert ride.duration == timedelta(minutes=int(minutes))
    assert ride.started_at == began


def test_an_unreadable_file_is_reported_in_one_line(
    run: RunImport, write: WriteTrips, tmp_path: Path, priced: PricingPlan, read_rides: ReadRides
) -> None:
    def file(content: bytes) -> Path:
        path = tmp_path / "odd.csv"
        path.write_bytes(content)
        return path

    check_refused(run(tmp_path / "nothing.csv"), "nothing.csv", "No such file")
    check_refused(run(tmp_path), "Is a directory")
    check_refused(run(file(b"")), "odd.csv has no column TripID, StartDate")
    check_refused(run(file(b"TripID,StartDate\n1,2\n")), "odd.csv has no column StartTime")
    check_refused(run(file(b"\xff\xfe\x00")), "odd.csv is no text in UTF-8")
    check_refused(run(write({}), city="atlantis"), "no city 'atlantis'", "flask cities add")
    head = ",".join(COLUMNS).encode()
    check_refused(run(file(head + b"\n" + b'"' + b"x" * 200_000 + b'"\n')), "odd.csv", "field")
    assert run(file(b"\xef\xbb\xbf" + head + b"\n")).output.splitlines()[1:] == [
        "  0 new rides, 0 known already"
    ]
    assert read_rides() == []


def test_without_a_price_nothing_is_imported(
    run: RunImport, write: WriteTrips, read_rides: ReadRides
) -> None:
    check_refused(run(write({})), "no price for scooters: riding is free", "flask plans publish")
    assert read_rides() == []


def test_production_imports_nothing(
    app: Flask,
    run: RunImport,
    write: WriteTrips,
    read_rides: ReadRides,
    priced: PricingPlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "DEMO_ALLOWED", config.Production.DEMO_ALLOWED)
    check_refused(run(write({})), "Importing trips is for development")
    assert read_rides() == []


# --- a real day ----------------------------------------------------------------------------


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
            fee = city_zones(louisville).check_parking(ride.end.point)
            paid = 0 if fee.allowed else 500 if fee.zone else 900
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
    there = ZoneInfo("America/Kentucky/Louisville")
    assert Counter(f"{ride.started_at.astimezone(there):%H:%M}" for ride in rides) == Counter(
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
