"""Trips of files, and their import."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from webapp.regions.catalogue import catalogue
from webapp.rides.models import Ride
from webapp.rides.trip_import import services
from webapp.rides.trip_import.conversion import convert_trips
from webapp.rides.trip_import.services import TripImportResult
from webapp.rides.trip_import.trip_files import read_trip_file

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
