"""Zones that differ by type of vehicle, on maps and pages in a browser."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.screen import DESK, PHONE, Screen
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.zones.zone_files import NEW_YORK, NO_PARKING_ELSEWHERE, feature, gbfs, rule, square

SCOOTER: dict[str, Any] = {"form_factor": "scooter_standing", "propulsion_type": "electric"}
TYPES = [
    {"vehicle_type_id": "b", "form_factor": "bicycle", "propulsion_type": "human"},
    {"vehicle_type_id": "s", **SCOOTER},
]


@pytest.fixture
def _zones(app: Flask, tmp_path: Path) -> None:
    """A park without scooters, a slow street for them, and no start in the harbour."""
    park = [rule(vehicle_type_ids=["b"]), rule(end=False, through=False, vehicle_type_ids=["s"])]
    slow = [rule(maximum_speed_kph=6, vehicle_type_ids=["s"])]
    harbour = [rule(ride_start_allowed=False)]
    content = gbfs(
        feature(square(0.002, 0.002, 0.004), name="Park", rules=park),
        feature(square(0.008, 0.002, 0.003), name="Mall", rules=slow, end="2099-01-01"),
        feature(square(-0.006, -0.004, 0.004), name="Harbour", rules=harbour),
        feature(square(-0.02, -0.02, 0.05), name="City", rules=[rule()]),
        **NO_PARKING_ELSEWHERE,
    )
    (tmp_path / "zones.json").write_text(json.dumps(content))
    types = json.dumps({"data": {"vehicle_types": TYPES}})
    (tmp_path / "vehicle_types.json").write_text(types)
    arguments = ["zones", "import", str(tmp_path / "zones.json"), "--city", "new york"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output


@pytest.mark.browser
@pytest.mark.usefixtures("_zones")
def test_maps_and_pages_show_the_zones_of_a_type(
    open_screen: Callable[..., Screen],
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_user("ada", roles={"admin": ["new york"]})
    scooter = make_vehicle(at=(NEW_YORK.lat, NEW_YORK.lon), **SCOOTER)
    stuck = make_vehicle(at=(NEW_YORK.lat - 0.002, NEW_YORK.lon - 0.004), **SCOOTER)
    screen = open_screen(PHONE)
    page = screen.sign_in("ada", f"/login?next=/vehicles/{scooter.public_key}")
    expect(page.locator("path.zone.zone-no-ride")).to_be_visible()
    screen.inspect("vehicle")
    screen.go(f"/vehicles/{stuck.public_key}")
    expect(page.get_by_text("You can't start a ride here right now.")).to_be_visible()
    screen.inspect("no-start")
    screen.go("/city/new%20york?type=bicycle")
    expect(page.locator("path.zone.zone-service-area").first).to_be_attached()
    expect(page.locator("path.zone.zone-no-ride")).to_have_count(0)
    screen.inspect("search")
    for path, step in (("/city/new%20york/zones", "rules"), ("/fleet/zones", "staff")):
        screen.go(path)
        screen.inspect(step)
    page.get_by_role("link", name="Edit").first.click()
    expect(page.get_by_text("Its rules come from a feed")).to_be_visible()
    screen.inspect("edit")
    desk = open_screen(DESK)
    ride = desk.sign_in("ada", f"/login?next=/vehicles/{scooter.public_key}")
    ride.get_by_role("button", name="Start ride").first.click()
    expect(ride.locator("path.zone.zone-no-ride")).to_be_attached()
    desk.inspect("riding")
