"""``flask plans``: pricing plans from a GBFS file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import find_city
from tests.fleet.pricing.plans import SCOOTER, TERMS
from webapp.fleet.pricing.gbfs_plans import PlanFileUnreadable, read_plans
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import find_current_plan, list_current_plans
from webapp.regions.catalogue import catalogue

pytestmark = pytest.mark.usefixtures("app_context")

SCOOTER_PLAN: dict[str, Any] = {
    "plan_id": "payg",
    "name": [{"text": "By the minute", "language": "en"}],
    "currency": "USD",
    "price": 1.0,
    "is_taxable": True,
    "description": [{"text": "1.00 USD to unlock", "language": "en"}],
    "per_min_pricing": [{"start": 0, "rate": 0.25, "interval": 1}],
    "reservation_price_per_min": 0.05,
    "fare_capping": [{"duration": 1440, "price": 20}],
    "form_factor": "scooter_standing",
    "propulsion_type": "electric",
    "reserve_min": 10,
    "reserve_max_min": 30,
    "tax_percent": 8.875,
}
FREE_PLAN: dict[str, Any] = {"name": "Free", "currency": "USD", "price": 0, "is_taxable": False}
FILE = {
    "last_updated": "2026-07-01T12:00:00Z",
    "version": "3.0",
    "data": {"plans": [SCOOTER_PLAN, FREE_PLAN]},
}


def run(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["plans", *args])


def test_a_file_is_published_once_and_listed(app: Flask, tmp_path: Path) -> None:
    assert run(app, "list").output == "There are no prices: riding is free.\n"
    file = tmp_path / "plans.json"
    file.write_text(json.dumps(FILE))
    first = run(app, "publish", str(file), "--city", "New York")
    assert first.exit_code == 0, first.output
    assert "Scooter: version 1: $1.00 to unlock, $0.25 a minute, plus tax" in first.output
    second_result = run(app, "publish", str(file), "--city", "new york")
    assert "Scooter: version 1 is the same already" in second_result.output
    plan = find_current_plan(find_city(), SCOOTER)
    assert plan
    assert PlanTerms.from_plan(plan) == TERMS
    listed = run(app, "list", "--city", "new york").output.splitlines()
    assert [line.split(":")[1] for line in listed] == [
        " All other vehicles, version 1",
        " Scooter, version 1",
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": 1.005}, "The smallest amount is"),
        ({"price": "free"}, "That is no amount"),
        ({"price": True}, "That is no amount"),
        ({"price": None}, "That is no amount"),
        ({"price": -1}, "unlock_fee"),
        ({"currency": "EUR"}, "its currency is EUR"),
        ({"per_km_pricing": [{"start": 0, "rate": 1, "interval": 1}]}, "neither on distance"),
        ({"surge_pricing": True}, "neither on distance"),
        ({"is_taxable": True}, "tax_percent does not say"),
        ({"is_taxable": True, "tax_percent": 8.87555}, "four decimals"),
        ({"per_min_pricing": [{"start": 0, "rate": 1}]}, "interval is missing"),
        ({"per_min_pricing": [{"start": 0.5, "rate": 1, "interval": 1}]}, "start is not a whole"),
        ({"per_min_pricing": [{"start": True, "rate": 1, "interval": 1}]}, "start is not a whole"),
        ({"per_min_pricing": [{"start": 0, "rate": -1, "interval": 1}]}, "can't be negative"),
        ({"per_min_pricing": {"start": 0}}, "is not a list"),
        ({"fare_capping": [{"duration": 60, "price": 5}]}, "only one, of 1440"),
        ({"parking_fees": 5}, "parking_fees is not known"),
        ({"name": 5}, "is not a text"),
        ({"form_factor": "boat"}, "no vehicles of that type"),
    ],
)
def test_a_plan_that_is_inexact_or_unknown_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanFileUnreadable) as caught:
        read_plans(plan_file(**fields), "USD")
    assert message in caught.value.message


def test_an_empty_price_list_is_no_price() -> None:
    assert read_plans(plan_file(per_min_pricing={}), "USD") == [PlanTerms("Some", unlock_fee=100)]


def plan_file(**fields: Any) -> str:
    plan = {"name": "Some", "currency": "USD", "price": 1, "is_taxable": False, **fields}
    return json.dumps({"plans": [plan]})


@pytest.mark.parametrize("text", ["", "[]", "{}", "5", '{"data": {"plans": []}}', "[1]"])
def test_a_file_without_plans_is_refused(text: str) -> None:
    with pytest.raises(PlanFileUnreadable):
        read_plans(text, "USD")


def test_nothing_is_published_unless_the_whole_file_is_valid(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    for plans in ([SCOOTER_PLAN, {**FREE_PLAN, "price": 0.001}], [FREE_PLAN, FREE_PLAN]):
        file.write_text(json.dumps({"plans": plans}))
        result = run(app, "publish", str(file), "--city", "new york")
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
    assert list_current_plans(catalogue().all()) == []


def test_a_city_that_does_not_exist_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    file.write_text(json.dumps(FILE))
    assert run(app, "publish", str(file), "--city", "atlantis").exit_code == 1
    assert run(app, "list", "--city", "atlantis").exit_code == 1
