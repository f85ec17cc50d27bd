"""Which trips and files are refused, and times when clocks change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

import config
from tests.rides.trip_import.steps import ReadRides, RunImport, WriteTrips, check_refused, make_row
from webapp.fleet.pricing.models import PricingPlan
from webapp.rides.trip_import.trip_files import COLUMNS


@pytest.mark.slow
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
        ({"EndLatitude": "91"}, "a position is more than 100 km (62 miles) from New York"),
        ({"EndLongitude": "nan"}, "a position is more than 100 km (62 miles) from New York"),
        (
            {"StartLatitude": "0", "StartLongitude": "0"},
            "more than 100 km (62 miles) from New York",
        ),
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
