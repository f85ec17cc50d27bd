"""The published feeds are valid GBFS, as gbfs-validator reads the standard."""

from pathlib import Path

import pytest
from flask import Flask

from tests.factories import PlanFactory, VehicleFactory
from tests.fleet.commands import check_result
from tests.fleet.gbfs_publishing.steps import VERSIONS, find_errors, read_file
from tests.visitor import Visitor
from webapp.regions.catalogue import add_city

WOLFSBURG = Path(__file__).resolve().parents[4] / "shared/data/gbfs-wolfsburg"
#: Its name and label need quoting in JSON, HTML and addresses.
TRICKY_CITY = "大阪 \"'<&%?#"


@pytest.fixture
def tricky_city(app: Flask) -> str:
    with app.app_context():
        add_city(
            name=TRICKY_CITY, label=TRICKY_CITY, region="us-east1", timezone="Asia/Tokyo",
            currency="JPY", lat=34.69, lon=135.5,
        )  # fmt: skip
    return TRICKY_CITY


@pytest.mark.parametrize("version", VERSIONS)
def test_the_feed_of_an_empty_city_is_valid(visitor: Visitor, version: str) -> None:
    assert find_errors(visitor, "boston", version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_feed_of_a_city_with_any_name_is_valid(
    visitor: Visitor, tricky_city: str, make_vehicle: VehicleFactory, version: str
) -> None:
    make_vehicle(tricky_city)
    assert find_errors(visitor, tricky_city, version) == []
    system = read_file(visitor, "system_information", tricky_city, version)["data"]
    assert system["system_id"].isascii()
    assert TRICKY_CITY in str(system["name"]) or TRICKY_CITY in system["name"][0]["text"]


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.skipif(not WOLFSBURG.exists(), reason="the recorded feed of Wolfsburg is not here")
def test_the_feed_of_an_imported_fleet_is_valid(
    app: Flask, visitor: Visitor, make_plan: PlanFactory, version: str
) -> None:
    make_plan("paris", unlock_fee=100)
    arguments = ["fleet", "import-gbfs", str(WOLFSBURG), "--city", "paris", "--force"]
    check_result(app.test_cli_runner().invoke(args=arguments))
    assert find_errors(visitor, "paris", version) == []


@pytest.mark.slow
def test_the_feeds_of_the_demo_are_valid(app: Flask, visitor: Visitor) -> None:
    check_result(app.test_cli_runner().invoke(args=["demo"]))
    for city in ("san francisco", "new york"):
        for version in VERSIONS:
            assert find_errors(visitor, city, version) == []
