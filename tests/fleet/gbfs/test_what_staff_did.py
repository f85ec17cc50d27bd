"""A feed does not put vehicles back on the street that staff have taken off it."""

from pathlib import Path

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import feed, vehicle, write_files
from tests.fleet.vehicle_events.steps import find_problems
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction

OTHERS = [vehicle(f"other{number}") for number in range(5)]


@pytest.mark.parametrize(
    ("action", "is_disabled", "state"),
    [
        ("take_out_of_service", False, "non_operational"),
        ("take_out_of_service", True, "non_operational"),
        ("mark_missing", False, "missing"),
        ("pick_up", False, "removed"),
        ("retire", False, "removed"),
    ],
)
def test_a_vehicle_stays_as_staff_left_it_whatever_its_feed_says(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    action: str,
    is_disabled: bool,
    state: str,
) -> None:
    staff = make_user(roles=["fleet"])
    import_feed(write_files(tmp_path, feed([*OTHERS, vehicle(is_disabled=is_disabled)])))
    key = read_vehicles()["v1"].key
    with app.app_context():
        act_on_vehicle(staff, key, VehicleAction(action), ActionDetails())
    for vehicles in (
        [*OTHERS, vehicle()],
        OTHERS,
        [*OTHERS, vehicle()],
        [*OTHERS, vehicle(is_disabled=True)],
        [*OTHERS, vehicle()],
    ):
        import_feed(write_files(tmp_path, feed(vehicles)))
        assert read_vehicles()["v1"].state == state
    with app.app_context():
        assert find_problems() == []


def test_staff_return_a_vehicle_and_its_feed_decides_again(
    app: Flask,
    make_user: UserFactory,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
) -> None:
    staff = make_user(roles=["fleet"])
    import_feed(write_files(tmp_path, feed([vehicle()])))
    key = read_vehicles()["v1"].key
    with app.app_context():
        for action in ("take_out_of_service", "return_to_service"):
            act_on_vehicle(staff, key, VehicleAction(action), ActionDetails())
    import_feed(write_files(tmp_path, feed([vehicle(is_disabled=True)])))
    assert read_vehicles()["v1"].state == "non_operational"
    import_feed(write_files(tmp_path, feed([vehicle()])))
    assert read_vehicles()["v1"].state == "available"
