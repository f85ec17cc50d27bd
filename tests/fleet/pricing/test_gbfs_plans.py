"""``flask plans``: pricing plans from GBFS files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import find_city
from tests.fleet.pricing.plans import SCOOTER, TERMS
from webapp.fleet.pricing.gbfs_plans import CityTerms
from webapp.fleet.pricing.plan_files import PlanFile, PlanFileUnreadable, read_plan_file
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import find_current_plan, list_current_plans
from webapp.fleet.pricing.quotes import Segment
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
        " All other vehicles, version 1, Free",
        " Scooter, version 1, By the minute",
    ]


def test_the_names_of_a_file_are_read_in_all_languages(app: Flask, tmp_path: Path) -> None:
    texts = {
        "fr": "À la minute", "EN-us": "By the minute", "en": "Per minute", "nl": "By the minute",
        "de-CH": " Minuten\0tarif ", "de": "Minutentarif", "it": "", "x" * 9: "x", "pt_BR": "p" * 99,
    }  # fmt: skip
    names = [{"text": text, "language": language} for language, text in texts.items()]
    file = tmp_path / "plans.json"
    labels = {"fr": "À la minute", "de": "Minutentarif", "pt": "p" * 60}
    for name in ([*names, None, {"language": 7}], "By the minute"):  # 2.x has one language
        file.write_text(json.dumps([{**SCOOTER_PLAN, "name": name}]))
        assert run(app, "publish", str(file), "--city", "New York").exit_code == 0
        plan = find_current_plan(find_city(), SCOOTER)
        assert plan
        assert (plan.version, plan.name, plan.labels) == (1, "By the minute", labels)


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    """Check that the file is refused, and that a short message contains these texts."""
    with pytest.raises(PlanFileUnreadable) as caught:
        yield
    message = str(caught.value.message)
    assert all(part in message for part in parts), message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": 1.005}, "The smallest unit is"),
        ({"price": 1.0000001}, "The smallest unit is"),
        ({"price": "free"}, "Enter an amount like"),
        ({"price": True}, "Enter an amount like"),
        ({"price": None}, "price is missing"),
        ({"price": [[1]]}, "Enter an amount like"),
        ({"price": float("inf")}, "Enter an amount like"),
        ({"price": -1}, "unlock_fee"),
        ({"currency": "EUR"}, "its currency is EUR"),
        ({"per_km_pricing": [{"start": 0, "rate": 1, "interval": 1}]}, "neither on distance"),
        ({"surge_pricing": True}, "neither on distance"),
        ({"is_taxable": True}, "tax_percent does not say"),
        ({"is_taxable": True, "tax_percent": 8.87555}, "four decimals"),
        ({"is_taxable": True, "tax_percent": "8"}, "tax_percent is not a number between"),
        ({"is_taxable": True, "tax_percent": 101}, "between 0 and 100"),
        ({"is_taxable": True, "tax_percent": float("nan")}, "between 0 and 100"),
        ({"is_taxable": True, "tax_percent": 1e300}, "between 0 and 100"),
        ({"name": "\0\ud800"}, "its name is not a text"),
        ({"per_min_pricing": [{"start": 0, "rate": 1}]}, "interval is missing"),
        (
            {"per_min_pricing": [{"start": 0, "rate": 1, "interval": 0.5}]},
            "interval is not a whole",
        ),
        ({"per_min_pricing": [{"start": 0.5, "rate": 1, "interval": 1}]}, "start is not a whole"),
        ({"per_min_pricing": [{"start": True, "rate": 1, "interval": 1}]}, "start is not a whole"),
        ({"per_min_pricing": [{"start": 0, "rate": -1, "interval": 1}]}, "can't be negative"),
        ({"per_min_pricing": {"start": 0}}, "is not a list"),
        ({"fare_capping": [{"duration": 60, "price": 5}] * 2}, "only one"),
        ({"fare_capping": {"duration": 0, "price": 5}}, "fare_cap_min"),
        ({"fare_capping": {"duration": 60 * 24 * 365, "price": 5}}, "fare_cap_min"),
        ({"fare_capping": {"duration": 60}}, "price is missing"),
        ({"fare_capping": 5}, "5 is not an object"),
        ({"parking_fees": 5}, "parking_fees is not known"),
        ({"name": 5}, "its name is not a text"),
        ({"name": []}, "its name is not a text"),
        ({"form_factor": "boat"}, "There is no such vehicle type."),
        ({"form_factor": ["bicycle"]}, "list is not a text"),
    ],
)
def test_a_plan_that_is_inexact_or_unknown_is_refused(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    with refused("Plan 1: ", message):
        read(tmp_path, plan(**fields))


@pytest.mark.parametrize(
    ("fields", "terms"),
    [
        ({"per_min_pricing": {}}, {}),
        ({"per_min_pricing": None, "fare_capping": None, "tax_percent": None}, {}),
        ({"per_km_pricing": [{"start": 0, "rate": 0, "interval": 1}]}, {}),
        ({"loyalty": None, "discounts": []}, {}),
        ({"price": "1.00"}, {}),
        ({"price": 0.30000000000000004}, {"unlock_fee": 30}),
        (
            {"per_min_pricing": [{"start": 0.0, "rate": 0.25, "interval": 1.0, "end": None}]},
            {"segments": (Segment(0, 25, 1),)},
        ),
        (
            {"fare_capping": {"duration": 720, "price": 15}},
            {"fare_cap": 1500, "fare_cap_min": 720},
        ),
        ({"fare_capping": [{"duration": 1440, "price": 15}]}, {"fare_cap": 1500}),
        (
            {"name": [{"text": "Preis", "language": "de"}, {"text": "Price", "language": "en-GB"}]},
            {"name": "Price", "labels": {"de": "Preis"}},
        ),
        ({"name": [{"text": "Preis", "language": "de"}]}, {"name": "Preis"}),
        ({"name": "Some " * 30}, {"name": ("Some " * 12).rstrip()}),
        ({"name": "So\0me\ud800"}, {}),
        ({"is_taxable": True, "tax_percent": 8.875}, {"tax_ppm": 88_750, "tax_included": False}),
    ],
)
def test_what_files_of_operators_contain_is_read(
    tmp_path: Path, fields: dict[str, Any], terms: dict[str, Any]
) -> None:
    assert read(tmp_path, plan(**fields)).terms == [
        PlanTerms(**{"name": "Some", "unlock_fee": 100, **terms})
    ]


def test_the_tax_of_taxable_plans_can_be_given(tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    file.write_text(json.dumps([plan(is_taxable=True), plan(form_factor="moped")]))
    taxable, other = read_plan_file(file, CityTerms("USD", 8.875)).terms
    assert (taxable.tax_ppm, taxable.tax_included) == (0, True)
    assert (other.tax_ppm, other.tax_included) == (88_750, False)


def plan(**fields: Any) -> dict[str, Any]:
    return {"name": "Some", "currency": "USD", "price": 1, "is_taxable": False, **fields}


def read(
    folder: Path, *plans: dict[str, Any], types: list[dict[str, Any]] | None = None, only: str = ""
) -> PlanFile:
    (folder / "system_pricing_plans.json").write_text(json.dumps({"data": {"plans": plans}}))
    if types is not None:
        content = {"version": "3.0", "data": {"vehicle_types": types}}
        (folder / "vehicle_types.json").write_text(json.dumps(content))
    return read_plan_file(folder, CityTerms("USD"), only.split())


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "5", '{"data": {"plans": []}}', "[1]", '{"data": {"plans": {}}}'),
        '{"data":' * 100_000,
        "[" * 100_000,
        '{"plans": ' + "[" * 900 + "]" * 900 + "}",
    ],
    ids=lambda text: text[:12],
)
def test_a_file_without_plans_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plans.json"
    file.write_text(text)
    with pytest.raises(PlanFileUnreadable):
        read_plan_file(file, CityTerms("USD"))


def test_a_plan_with_a_deep_value_is_refused(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    file = tmp_path / "plans.json"
    for name in ("name", "price", "currency", "per_min_pricing", "form_factor", "other"):
        content = json.dumps([{**plan(), name: 0}]).replace(f'"{name}": 0', f'"{name}": {deep}')
        file.write_text(content)
        with refused("Plan 1: "):
            read_plan_file(file, CityTerms("USD"))


def test_a_byte_order_mark_is_skipped(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(FILE).encode())
    assert run(app, "publish", str(file), "--city", "new york").exit_code == 0


# --- for which vehicles ------------------------------------------------------------------------

E_BIKE_TYPE = {
    "vehicle_type_id": "b",
    "form_factor": "bicycle",
    "propulsion_type": "electric_assist",
    "default_pricing_plan_id": "p1",
}
SCOOTER_TYPE = {
    "vehicle_type_id": "s",
    "form_factor": "scooter_standing",
    "propulsion_type": "electric",
    "default_pricing_plan_id": "p2",
}
E_BIKE = ("bicycle", "electric_assist")


def unlock_fees(file: PlanFile) -> dict[tuple[str, str], int]:
    return {terms.plan_type: terms.unlock_fee for terms in file.terms}


def two_plans(**fields: Any) -> list[dict[str, Any]]:
    return [plan(plan_id="p1"), plan(plan_id="p2", price=2, **fields)]


def test_vehicle_types_say_for_which_vehicles_a_plan_is(tmp_path: Path) -> None:
    file = read(tmp_path, *two_plans(), types=[E_BIKE_TYPE, SCOOTER_TYPE])
    assert unlock_fees(file) == {E_BIKE: 100, SCOOTER: 200}
    assert file.notes == []


def test_a_single_plan_of_a_type_is_its_plan_without_a_default(tmp_path: Path) -> None:
    listed = {**SCOOTER_TYPE, "default_pricing_plan_id": None, "pricing_plan_ids": ["p2"]}
    file = read(tmp_path, *two_plans(), types=[E_BIKE_TYPE, listed])
    assert unlock_fees(file) == {E_BIKE: 100, SCOOTER: 200}


def test_the_default_plan_wins_over_the_other_plans_of_a_type(tmp_path: Path) -> None:
    listed = {**SCOOTER_TYPE, "pricing_plan_ids": ["p1", "p2"]}
    file = read(tmp_path, *two_plans(), types=[listed])
    assert unlock_fees(file) == {SCOOTER: 200}
    assert file.notes == ["Skipped, because no vehicle type has it as its plan: Plan 1 (p1)."]


def test_a_plan_for_no_vehicle_is_named_and_need_not_be_readable(tmp_path: Path) -> None:
    unused = plan(plan_id="pass", surge_pricing=True)
    file = read(tmp_path, *two_plans(), unused, types=[E_BIKE_TYPE, SCOOTER_TYPE])
    assert unlock_fees(file) == {E_BIKE: 100, SCOOTER: 200}
    assert file.notes == ["Skipped, because no vehicle type has it as its plan: Plan 3 (pass)."]


def test_several_plans_without_a_default_are_a_choice_of_the_operator(tmp_path: Path) -> None:
    types = [{**SCOOTER_TYPE, "default_pricing_plan_id": None, "pricing_plan_ids": ["p1", "p2"]}]
    with refused("choose one of them with --plan"):
        read(tmp_path, *two_plans(), types=types)
    assert unlock_fees(read(tmp_path, *two_plans(), types=types, only="p2")) == {SCOOTER: 200}


def test_two_prices_for_the_same_vehicles_are_refused(tmp_path: Path) -> None:
    types = [
        SCOOTER_TYPE,
        {**SCOOTER_TYPE, "vehicle_type_id": "t", "default_pricing_plan_id": "p1"},
    ]
    for vehicle_types in (types, None):
        (tmp_path / "vehicle_types.json").unlink(missing_ok=True)
        with refused("are for the same vehicles here"):
            read(tmp_path, *two_plans(), types=vehicle_types)
    same = [plan(plan_id="p1", name="Red"), plan(plan_id="p2", name="Blue")]
    assert unlock_fees(read(tmp_path, *same, types=types)) == {SCOOTER: 100}


def test_vehicle_types_without_a_plan_are_named(tmp_path: Path) -> None:
    types = [E_BIKE_TYPE, {**SCOOTER_TYPE, "default_pricing_plan_id": "p9"}]
    file = read(tmp_path, plan(plan_id="p1"), types=types)
    assert unlock_fees(file) == {E_BIKE: 100}
    assert file.notes == ["Vehicle types that name none of these plans: s."]


def test_a_plan_is_for_all_vehicles_if_no_type_names_one(tmp_path: Path) -> None:
    types = [{**SCOOTER_TYPE, "default_pricing_plan_id": None}]
    assert unlock_fees(read(tmp_path, plan(), types=types)) == {("", ""): 100}


def test_a_plan_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    with refused("has no plan p3"):
        read(tmp_path, *two_plans(), only="p3")


def test_the_reserve_time_of_a_type_is_free(tmp_path: Path) -> None:
    types = [{**SCOOTER_TYPE, "default_reserve_time": 15}]
    (terms,) = read(tmp_path, plan(plan_id="p2"), types=types).terms
    assert (terms.reserve_min, terms.reserve_max_min) == (15, 15)
    for price in ("reservation_price_per_min", "reservation_price_flat_rate"):
        file = read(tmp_path, plan(plan_id="p2", **{price: 0.1}), types=types)
        assert [terms.reserve_min for terms in file.terms] == [0]
        assert "not reservable" in file.notes[0]


def test_nothing_is_published_unless_the_whole_file_is_valid(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    for plans in (
        [SCOOTER_PLAN, {**FREE_PLAN, "price": 0.001}],
        [FREE_PLAN, {**FREE_PLAN, "price": 1}],
    ):
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
