"""The published prices are those of rides."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories import PlanFactory, VehicleFactory
from tests.fleet.gbfs_publishing.steps import VERSIONS, file_path, find_errors, read_file
from tests.visitor import Visitor
from webapp.fleet.pricing.quotes import quote_ride


def read_plans(visitor: Visitor, city: str = "new york", version: str = "v3") -> dict[str, Any]:
    """Return the plans by their id. Any: values of JSON."""
    plans = read_file(visitor, "system_pricing_plans", city, version)["data"]["plans"]
    return {plan["plan_id"]: plan for plan in plans}


def price_ride(plan: dict[str, Any], minutes: int) -> float:
    """Return what a ride costs, as GBFS says: each segment charges at its start and then at each
    interval, before its end and the end of the ride. Any: values of JSON."""
    total: float = plan["price"]
    for segment in plan.get("per_min_pricing", []):
        end = min(minutes, segment.get("end", minutes))
        if segment["start"] < end:
            points = range(segment["start"], end, segment["interval"] or minutes)
            total += segment["rate"] * len(points)
    return round(total, 6)


def test_a_program_that_follows_the_standard_finds_the_price_of_a_ride(
    visitor: Visitor, make_plan: PlanFactory
) -> None:
    segments = [
        {"start": 0, "rate": 15, "interval": 1, "end": 30},
        {"start": 30, "rate": 300, "interval": 0},
        {"start": 60, "rate": 10, "interval": 7},
    ]
    plan = make_plan(unlock_fee=100, segments=segments)
    published = read_plans(visitor)[str(plan.id)]
    assert (published["price"], published["currency"]) == (1, "USD")
    for minutes in (1, 29, 30, 31, 60, 61, 68, 200):
        expected = quote_ride(plan.tariff, timedelta(minutes=minutes)).total / 100
        assert price_ride(published, minutes) == expected


def test_what_the_standard_cannot_say_stands_in_the_description(
    visitor: Visitor, make_plan: PlanFactory
) -> None:
    plan = make_plan(
        unlock_fee=100, fare_cap=2_000, reservation_rate=20, reserve_min=10, reserve_max_min=30,
        tax_ppm=80_000, tax_included=False,
    )  # fmt: skip
    published = read_plans(visitor)[str(plan.id)]
    assert published["is_taxable"] is True
    text = published["description"][0]["text"]
    for fact in ("$20.00 in each 24 h", "$0.20 a minute", "8%", "up to 30 min"):
        assert fact in text


@pytest.mark.parametrize("version", VERSIONS)
def test_each_type_has_a_plan_that_is_listed(
    visitor: Visitor, make_plan: PlanFactory, make_vehicle: VehicleFactory, version: str
) -> None:
    plan = make_plan("paris", form_factor="bicycle", name='"Vélo" à la carte')
    make_vehicle("paris", form_factor="car", propulsion_type="electric")
    plans = read_plans(visitor, "paris", version)
    types = read_file(visitor, "vehicle_types", "paris", version)["data"]["vehicle_types"]
    chosen = {each["vehicle_type_id"]: each["default_pricing_plan_id"] for each in types}
    assert set(chosen.values()) == set(plans)
    assert (chosen["bicycle.human"], chosen["car.electric"]) == (str(plan.id), "free")
    assert find_errors(visitor, "paris", version) == []


def test_amounts_of_currencies_without_coins_are_whole(
    app: Flask, visitor: Visitor, make_plan: PlanFactory
) -> None:
    plan = make_plan(currency="JPY", unlock_fee=150)
    assert read_plans(visitor)[str(plan.id)]["price"] == 150


def test_a_release_candidate_is_there_if_the_setting_says_so_and_no_list_names_it(
    app: Flask, visitor: Visitor, make_plan: PlanFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(fare_cap=2_000, fare_cap_min=60, reserve_min=15)
    candidate = file_path("system_pricing_plans", version="v3.1-rc3")
    assert visitor.get(candidate).status_code == 404
    monkeypatch.setitem(app.config, "GBFS_RELEASE_CANDIDATE", True)
    wrong_files = {file for file, _ in find_errors(visitor, "new york", "v3.1-rc3")}
    assert wrong_files <= {"manifest.json"}  # which is of 3.0, and for all versions
    published = read_plans(visitor, version="v3.1-rc3")[str(plan.id)]
    assert published["fare_capping"] == {"duration": 60, "price": 20}
    assert published["reservation_price_flat_rate"] == 0
    for version in VERSIONS:
        released = read_plans(visitor, version=version)[str(plan.id)]
        assert not {"fare_capping", "reservation_price_flat_rate"} & set(released)
    assert "3.1" not in str(visitor.get("/gbfs/manifest.json").get_json())
