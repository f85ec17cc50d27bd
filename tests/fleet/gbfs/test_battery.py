"""The battery of imported vehicles, in the database and on pages."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories import VehicleFactory
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import SCOOTER, feed, vehicle, write_files
from tests.visitor import Visitor
from webapp.fleet.models import Vehicle
from webapp.fleet.ranges import has_low_range

UNKNOWN_RANGE: dict[str, Any] = {"current_range_meters": ...}


@pytest.mark.parametrize(
    ("share", "percent"),
    [(0.87, 87), (1, 100), (1.0, 100), (0, 0), (0.29, 29), (0.004, 0), (..., None), (None, None),
     (1.01, None), (87, None), (-0.1, None), ("0.5", None), (True, None), (float("nan"), None)],
)  # fmt: skip
def test_current_fuel_percent_is_kept_in_percent(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    share: Any,
    percent: int | None,
) -> None:
    import_feed(write_files(tmp_path, feed([vehicle(current_fuel_percent=share)])))
    row = read_vehicles()["v1"]
    assert (row.battery_percent, row.state) == (percent, "available")
    import_feed(write_files(tmp_path, feed([vehicle(current_fuel_percent=0.5)])))
    assert read_vehicles()["v1"].battery_percent == 50


@pytest.mark.parametrize(("propulsion", "state"), [("electric", "non_operational"), ("human", "available")])  # fmt: skip
def test_a_vehicle_with_an_empty_battery_and_an_unknown_range_is_out_of_service(
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    propulsion: str,
    state: str,
) -> None:
    types = [{**SCOOTER, "propulsion_type": propulsion}]
    files = feed([vehicle(current_fuel_percent=0, **UNKNOWN_RANGE)], types=types)
    import_feed(write_files(tmp_path, files))
    assert read_vehicles()["v1"].state == state


@pytest.mark.parametrize(
    ("propulsion", "label"), [("electric", "Battery"), ("combustion", "Tank"), ("hybrid", "Battery")]
)  # fmt: skip
def test_the_page_of_a_vehicle_shows_its_battery(
    rider: Visitor, make_vehicle: VehicleFactory, propulsion: str, label: str
) -> None:
    row = make_vehicle(battery_percent=87, propulsion_type=propulsion)
    page = rider.open(f"/vehicles/{row.public_key}").get_data(as_text=True)
    assert f'<dt>{label}</dt><dd class="tabular-figures">87%' in page
    assert "<dt>Range</dt>" not in page


def test_a_list_shows_the_battery_where_the_range_is_not_known(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(battery_percent=87, range_m=12_000)
    make_vehicle(battery_percent=63, propulsion_type="electric")
    page = rider.open("/city/new york").get_data(as_text=True)
    assert "Battery 63%" in page
    assert "12 km left" in page
    assert "Battery 87%" not in page


@pytest.mark.parametrize(
    ("percent", "range_m", "propulsion", "is_low"),
    [
        (14, None, "electric", True),
        (15, None, "electric", False),
        (14, 40_000, "electric", False),
        (90, 2_000, "electric", True),
        (14, None, "human", False),
        (None, None, "electric", False),
    ],
)
def test_a_low_battery_is_marked(
    app: Flask, percent: int | None, range_m: int | None, propulsion: str, is_low: bool
) -> None:
    row = Vehicle(battery_percent=percent, range_m=range_m, propulsion_type=propulsion)
    row.form_factor = "scooter_standing"
    with app.app_context():
        assert has_low_range(row) is is_low
