"""Pricing plans: published one version after the other, chosen for vehicles, put in words."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, combinations
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from tests.auth.steps import trail
from tests.explain import explain_plan
from tests.together import together
from webapp.audit.enums import AuditKind
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing import services as publishing
from webapp.fleet.pricing.gbfs_plans import BadFile, read_plans
from webapp.fleet.pricing.labels import price_facts, price_words, receipt_words
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import BadTerms, Terms
from webapp.fleet.pricing.plans import current_plan_id, plans
from webapp.fleet.pricing.price import Segment, hold_quote, quote
from webapp.fleet.pricing.services import PlanChanged, draft, publish, terms_of
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.prices import prices_of
from webapp.ops.demo.services import load
from webapp.ops.demo.vehicles import MIX
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

SCOOTER = ("scooter_standing", "electric")
TERMS = Terms(
    "By the minute",
    *SCOOTER,
    unlock_fee=100,
    segments=(Segment(0, 25, 1),),
    reserve_min=10,
    reservation_rate=5,
    reserve_max_min=30,
    daily_cap=2000,
    tax_ppm=88_750,
    tax_included=False,
)


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def city(name: str = "new york") -> City:
    found = catalogue().find(name)
    assert found
    return found


# --- publishing --------------------------------------------------------------------------------


def test_versions_follow_each_other_and_the_last_is_in_force() -> None:
    publish(city(), TERMS, 0)
    second = publish(city(), Terms("Dearer", *SCOOTER, unlock_fee=200), 1)
    publish(city("paris"), TERMS, 0)
    kept = publishing.history(city(), SCOOTER, None).rows
    assert [plan.version for plan in kept] == [2, 1]
    assert [plan.id for plan in publishing.in_force([city()])] == [second.id]
    assert publishing.current(city(), SCOOTER).id == second.id  # type: ignore[union-attr]
    assert terms_of(kept[1]) == TERMS


def test_a_published_price_holds_at_once_in_this_process(
    make_vehicle: Callable[..., Vehicle],
) -> None:
    vehicle = make_vehicle()
    assert plans().plan_for(vehicle) is None
    plan = publish(city(), TERMS, 0)
    found = plans().plan_for(vehicle)
    assert found
    assert found.id == plan.id


def test_publishing_is_told_with_the_city_and_the_version(app: Flask) -> None:
    plan = publish(city(), TERMS, 0)
    (told,) = trail(app)
    assert (told.kind, told.subject) == (AuditKind.PLAN_PUBLISHED, f"plan {plan.id}")
    assert told.details == {"city": "new york", "version": 1}


@pytest.mark.parametrize("seen", [0, 2])
def test_a_price_that_was_made_from_another_version_is_refused(app: Flask, seen: int) -> None:
    publish(city(), TERMS, 0)
    with pytest.raises(PlanChanged):
        publish(city(), TERMS, seen)
    assert len(trail(app)) == len(publishing.history(city(), SCOOTER, None).rows) == 1


def test_of_many_who_publish_at_once_one_does(app: Flask) -> None:
    results = together(app, *[lambda: publish(city(), TERMS, 0)] * 5)
    assert [type(r) for r in results if isinstance(r, Exception)] == [PlanChanged] * 4
    assert len(publishing.history(city(), SCOOTER, None).rows) == len(trail(app)) == 1


def test_an_answer_that_was_lost_is_looked_for() -> None:
    plan = draft(city(), TERMS, 1)
    statement = publishing._publishing(plan)
    sent = [run_transaction(lambda s: s.scalar(statement), one_statement=True) for _ in range(2)]
    assert sent == [plan.id, None]
    assert publishing._found_or_refused(plan).id == plan.id


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 61}),
        ("form_factor", {"form_factor": "boat"}),
        ("propulsion_type", {"propulsion_type": "electric"}),
        ("unlock_fee", {"unlock_fee": -1}),
        ("daily_cap", {"daily_cap": -1}),
        ("parking_fee", {"parking_fee": -1}),
        ("tax_ppm", {"tax_ppm": 1_000_100}),
        ("reserve_max_min", {"reserve_min": 10, "reserve_max_min": 9}),
        ("reserve_max_min", {"reserve_min": 10, "reserve_max_min": 1441}),
        ("reservation_rate", {"reservation_rate": 2**31}),
        ("segments", {"segments": (Segment(0, 1, 1),) * 5}),
        ("segments", {"segments": (Segment(0, 100_000, 1),)}),
        ("segments", {"unlock_fee": 2**31}),
        ("segments", {"daily_cap": 2**31}),
    ],
)
def test_terms_that_cannot_be_are_refused(field: str, said: dict[str, Any]) -> None:
    with pytest.raises(BadTerms) as refused:
        Terms(**{"name": "Ours", **said})
    assert refused.value.field == field


# --- which plan is whose -----------------------------------------------------------------------

KINDS = [("", ""), ("bicycle", ""), ("bicycle", "electric_assist"), SCOOTER, ("", "electric")]
VEHICLES = [("bicycle", "electric_assist"), ("bicycle", "human"), SCOOTER, ("other", "human")]


def test_the_database_chooses_the_plan_that_the_page_shows(
    make_vehicle: Callable[..., Vehicle],
) -> None:
    """For every combination of plans that a city may have, with old versions and other cities'."""
    there = {kind: make_vehicle(form_factor=kind[0], propulsion_type=kind[1]) for kind in VEHICLES}
    chosen = select(Vehicle.id, current_plan_id())
    for some in chain(*(combinations(KINDS, n) for n in range(len(KINDS) + 1))):
        price(some)
        from_database = {row[0]: row[1] for row in db.session.execute(chosen)}
        for vehicle in there.values():
            shown = plans().plan_for(vehicle)
            assert from_database[vehicle.id] == (shown.id if shown else None), some


def price(kinds: Any) -> None:
    rows = [
        {"id": uuid4(), "city": name, "form_factor": kind[0], "propulsion_type": kind[1],
         "version": version, "name": "Some", "currency": "USD"}
        for kind in kinds
        for name, version in (("new york", 1), ("new york", 2), ("boston", 3))
    ]  # fmt: skip
    with db.engines["write"].begin() as connection:
        connection.execute(delete(PricingPlan))
        if rows:
            connection.execute(insert(PricingPlan), rows)
    plans().forget()


def test_versions_are_found_by_their_index() -> None:
    """However many cities and versions there are: the planner would scan a table of few rows."""
    rows = [
        {"id": uuid4(), "city": name, "form_factor": kind[0], "propulsion_type": kind[1],
         "version": version, "name": "Some", "currency": "USD"}
        for name in ("new york", "boston", "paris", "seattle")
        for kind in KINDS
        for version in range(1, 101)
    ]  # fmt: skip
    with db.engines["write"].begin() as connection:
        connection.execute(insert(PricingPlan), rows)
        connection.exec_driver_sql("ANALYZE pricing_plans")
    there = city()
    for read in (
        lambda: publishing.current(there, SCOOTER),
        lambda: publishing.history(there, SCOOTER, (50, uuid4())),
    ):
        plan = explain_plan(read)
        assert plan.indexes == {"uq_pricing_plans_version"}
        assert plan.most_rows <= 6


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Free"),
        ({"segments": (Segment(0, 0, 1),)}, "Free"),
        ({"unlock_fee": 100}, "$1.00 to unlock"),
        ({"segments": (Segment(0, 25, 1),)}, "$0.25 a minute"),
        ({"segments": (Segment(0, 25, 1),), "tax_ppm": 500, "tax_included": False}, "$0.25 a minute, plus tax"),
        ({"unlock_fee": 200, "segments": (Segment(30, 300, 0, 60), Segment(60, 10, 1))},
         "$2.00 to unlock, $3.00 once after 30 min, $0.10 a minute after 60 min"),
        ({"segments": (Segment(0, 50, 15, 60), Segment(60, 200, 60, 600))},
         "$0.50 each 15 min for the first 60 min, $2.00 an hour from 60 to 600 min"),
    ],
)  # fmt: skip
def test_a_price_in_one_line(said: dict[str, Any], words: str) -> None:
    assert price_words(draft(city(), Terms("Some", **said))) == words


def test_without_a_plan_riding_is_free() -> None:
    assert price_words(None) == "Free"


def test_all_that_a_plan_says_in_words() -> None:
    assert dict(price_facts(draft(city(), TERMS))) == {
        "Unlocking": "$1.00",
        "Riding": "$0.25 a minute",
        "Rounding": "Time that has begun is charged in full.",
        "At most": "$20.00 in each 24 hours of a ride",
        "Reserving": "Free for 10 min, then $0.05 a minute, up to 30 min in all",
        "Wrong place": "Rides end only where parking is allowed.",
        "Tax": "8.875% on top of all prices",
    }


def test_every_kind_of_line_of_a_receipt_has_words() -> None:
    told = receipt_words(quote(draft(city(), TERMS).tariff, timedelta(minutes=100), 1500))
    assert told == [
        ("Unlocking", 100),
        ("100 × $0.25 a minute", 2500),
        ("Above the most for a day", -600),
        ("Left where parking is not allowed", 1500),
        ("Tax", 311),
    ]
    held = hold_quote(draft(city(), Terms("Some")).tariff, 5, 10)
    assert receipt_words(held) == [("Reserved 5 min longer", 50)]


# --- the command line --------------------------------------------------------------------------

FILE = {
    "last_updated": "2026-07-01T12:00:00Z",
    "version": "3.0",
    "data": {
        "plans": [
            {
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
            },
            {"name": "Free", "currency": "USD", "price": 0, "is_taxable": False},
        ]
    },
}


def run(app: Flask, *args: str) -> Any:
    return app.test_cli_runner().invoke(args=["plans", *args])


def test_a_file_is_published_and_listed_and_twice_is_once(app: Flask, tmp_path: Path) -> None:
    assert run(app, "list").output == "There are no prices: riding is free.\n"
    file = tmp_path / "plans.json"
    file.write_text(json.dumps(FILE))
    first = run(app, "publish", str(file), "--city", "New York")
    assert first.exit_code == 0, first.output
    assert "Scooter: version 1: $1.00 to unlock, $0.25 a minute, plus tax" in first.output
    again = run(app, "publish", str(file), "--city", "new york")
    assert "version 1 says so already" in again.output
    assert terms_of(publishing.current(city(), SCOOTER)) == TERMS  # type: ignore[arg-type]
    listed = run(app, "list", "--city", "new york").output.splitlines()
    assert [line.split(":")[1] for line in listed] == [
        " All other vehicles, version 1",
        " Scooter, version 1",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price": 1.005}, "no coin for that"),
        ({"price": "free"}, "That is no amount"),
        ({"price": True}, "That is no amount"),
        ({"price": -1}, "unlock_fee"),
        ({"currency": "EUR"}, "its currency is EUR"),
        ({"per_km_pricing": [{"start": 0, "rate": 1, "interval": 1}]}, "neither on distance"),
        ({"surge_pricing": True}, "neither on distance"),
        ({"is_taxable": True}, "tax_percent does not say"),
        ({"is_taxable": True, "tax_percent": 8.87555}, "four decimals"),
        ({"per_min_pricing": [{"start": 0, "rate": 1}]}, "interval is missing"),
        ({"per_min_pricing": [{"start": 0.5, "rate": 1, "interval": 1}]}, "start is not a whole"),
        ({"per_min_pricing": [{"start": 0, "rate": -1, "interval": 1}]}, "below nought"),
        ({"per_min_pricing": {}}, None),
        ({"per_min_pricing": {"start": 0}}, "is not a list"),
        ({"fare_capping": [{"duration": 60, "price": 5}]}, "only one, of 1440"),
        ({"parking_fees": 5}, "parking_fees is not known"),
        ({"name": 5}, "is not a text"),
        ({"form_factor": "boat"}, "no vehicles of that type"),
    ],
)
def test_what_is_not_exact_or_not_understood_is_refused(
    change: dict[str, Any], words: str | None
) -> None:
    plan = {"name": "Some", "currency": "USD", "price": 1, "is_taxable": False, **change}
    text = json.dumps({"plans": [plan]})
    if words is None:
        assert read_plans(text, "USD") == [Terms("Some", unlock_fee=100)]
        return
    with pytest.raises(BadFile) as refused:
        read_plans(text, "USD")
    assert words in refused.value.message


@pytest.mark.parametrize("text", ["", "[]", "{}", "5", '{"data": {"plans": []}}', "[1]"])
def test_a_file_without_plans_is_told(text: str) -> None:
    with pytest.raises(BadFile):
        read_plans(text, "USD")


def test_nothing_of_a_file_is_published_unless_all_of_it_is_understood(
    app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "plans.json"
    good, free = FILE["data"]["plans"]  # type: ignore[index]
    for plans_ in ([good, {**free, "price": 0.001}], [free, free]):
        file.write_text(json.dumps({"plans": plans_}))
        result = run(app, "publish", str(file), "--city", "new york")
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
    assert run(app, "publish", str(file), "--city", "atlantis").exit_code == 1
    assert run(app, "list", "--city", "atlantis").exit_code == 1
    assert publishing.in_force(catalogue().all()) == []


# --- the demo ----------------------------------------------------------------------------------


@pytest.mark.parametrize("demo", CITIES, ids=lambda demo: demo.name)
def test_every_city_of_the_demo_has_a_price_for_each_type_and_one_for_the_rest(demo: Any) -> None:
    rows = prices_of(demo)
    kinds = {(row["form_factor"], row["propulsion_type"]) for row in rows}
    assert kinds == {("", ""), *(VEHICLE_TYPES[word] for word in MIX)}
    for row in rows:
        assert row["currency"] == demo.currency
        assert row["tax_included"] is (demo.currency == "EUR")
        assert 10 <= row["reserve_min"] <= 15
        assert row["daily_cap"]


def test_loading_the_demo_twice_adds_no_price_and_keeps_what_was_published(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    load(CITIES[:1])
    publish(city(), TERMS, 1)
    before = {plan.id for plan in publishing.in_force([city()])}
    load(CITIES[:1])
    assert {plan.id for plan in publishing.in_force([city()])} == before
    assert len(before) == len(MIX) + 1
