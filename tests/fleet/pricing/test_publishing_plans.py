"""Pricing plans: published in versions, and chosen for vehicles."""

from collections.abc import Iterable
from itertools import chain, combinations
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from tests.auth.steps import read_audit_events
from tests.explain import explain_plan
from tests.factories import VehicleFactory, find_city
from tests.fleet.pricing.plans import SCOOTER, TERMS
from tests.threads import run_together
from webapp.audit.enums import AuditKind
from webapp.db.transactions import execute_write
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan, plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import InvalidTerms, PlanTerms, PlanType
from webapp.fleet.pricing.queries import (
    current_plan_id_subquery,
    find_current_plan,
    list_current_plans,
    list_versions,
)
from webapp.fleet.pricing.quotes import Segment
from webapp.fleet.pricing.services import (
    _find_published_plan,
    draft_plan,
    publish_plan,
    publish_plan_statement,
)

pytestmark = pytest.mark.usefixtures("app_context")


# --- publishing --------------------------------------------------------------------------------


def test_the_newest_version_of_a_plan_is_the_current_one() -> None:
    publish_plan(find_city(), TERMS, 0)
    second = publish_plan(find_city(), PlanTerms("Dearer", *SCOOTER, unlock_fee=200), 1)
    publish_plan(find_city("paris"), TERMS, 0)
    versions = list_versions(find_city(), SCOOTER, None).rows
    assert [plan.version for plan in versions] == [2, 1]
    assert [plan.id for plan in list_current_plans([find_city()])] == [second.id]
    assert find_current_plan(find_city(), SCOOTER).id == second.id  # type: ignore[union-attr]
    assert PlanTerms.from_plan(versions[1]) == TERMS


def test_a_published_plan_applies_at_once_in_this_process(
    make_vehicle: VehicleFactory,
) -> None:
    vehicle = make_vehicle()
    assert find_plan(vehicle) is None
    plan = publish_plan(find_city(), TERMS, 0)
    assert find_plan(vehicle).id == plan.id  # type: ignore[union-attr]


def test_publishing_writes_an_audit_event_with_city_and_version(app: Flask) -> None:
    plan = publish_plan(find_city(), TERMS, 0)
    (event,) = read_audit_events(app)
    assert (event.kind, event.subject) == (AuditKind.PLAN_PUBLISHED, f"plan {plan.id}")
    assert (event.city, event.facts) == ("new york", {"version": 1})


@pytest.mark.parametrize("previous_version", [0, 2])
def test_a_plan_that_follows_another_version_than_the_current_one_is_refused(
    app: Flask, previous_version: int
) -> None:
    publish_plan(find_city(), TERMS, 0)
    with pytest.raises(EditConflict):
        publish_plan(find_city(), TERMS, previous_version)
    assert len(read_audit_events(app)) == len(list_versions(find_city(), SCOOTER, None).rows) == 1


def test_only_one_of_many_who_publish_at_once_succeeds(app: Flask) -> None:
    results = run_together(app, *[lambda: publish_plan(find_city(), TERMS, 0)] * 5)
    assert [type(r) for r in results if isinstance(r, Exception)] == [EditConflict] * 4
    assert len(list_versions(find_city(), SCOOTER, None).rows) == len(read_audit_events(app)) == 1


def test_a_plan_whose_publication_was_not_confirmed_is_found() -> None:
    """The statement is sent again when its answer is lost; the second time it has no row."""
    plan = draft_plan(find_city(), TERMS, 1)
    statement = publish_plan_statement(plan, find_city())
    assert [len(execute_write(statement)) for _ in range(2)] == [1, 0]
    assert _find_published_plan(plan).id == plan.id


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 61}),
        ("form_factor", {"form_factor": "boat"}),
        ("propulsion_type", {"propulsion_type": "electric"}),
        ("unlock_fee", {"unlock_fee": -1}),
        ("fare_cap", {"fare_cap": -1}),
        ("parking_fee", {"parking_fee": -1}),
        ("tax_ppm", {"tax_ppm": 1_000_100}),
        ("reserve_max_min", {"reserve_min": 10, "reserve_max_min": 9}),
        ("reserve_max_min", {"reserve_min": 10, "reserve_max_min": 1441}),
        ("reservation_rate", {"reservation_rate": 2**53}),
        ("segments", {"segments": (Segment(0, 1, 1),) * 5}),
        ("segments", {"segments": (Segment(0, 2**40, 1),)}),
        ("segments", {"unlock_fee": 2**53}),
        ("segments", {"fare_cap": 2**53}),
    ],
)
def test_invalid_terms_are_refused_with_the_field(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidTerms) as caught:
        PlanTerms(**{"name": "Ours", **values})
    assert caught.value.field == field


# --- which plan applies to a vehicle -----------------------------------------------------------

PLAN_TYPES: list[PlanType] = [
    ("", ""), ("bicycle", ""), ("bicycle", "electric_assist"), SCOOTER, ("", "electric"),
]  # fmt: skip
VEHICLE_TYPES = [
    ("bicycle", "electric_assist"), ("bicycle", "human"), SCOOTER, ("other", "human"),
]  # fmt: skip


@pytest.mark.slow
def test_the_database_chooses_the_plan_that_the_page_shows(
    make_vehicle: VehicleFactory,
) -> None:
    """For each combination of plans that a city may have, with old versions and other cities."""
    vehicles = [
        make_vehicle(form_factor=form_factor, propulsion_type=propulsion_type)
        for form_factor, propulsion_type in VEHICLE_TYPES
    ]
    query = select(Vehicle.id, current_plan_id_subquery())
    sizes = range(len(PLAN_TYPES) + 1)
    for plan_types in chain(*(combinations(PLAN_TYPES, size) for size in sizes)):
        replace_plans(plan_types)
        chosen = {row[0]: row[1] for row in db.session.execute(query)}
        for vehicle in vehicles:
            plan = find_plan(vehicle)
            assert chosen[vehicle.id] == (plan.id if plan else None), plan_types


def replace_plans(plan_types: Iterable[PlanType]) -> None:
    cities = (("new york", 1), ("new york", 2), ("boston", 3))
    rows = [plan_row(city, plan_type, n) for plan_type in plan_types for city, n in cities]
    with db.engines["write"].begin() as connection:
        connection.execute(delete(PricingPlan))
        if rows:
            connection.execute(insert(PricingPlan), rows)
    plan_cache().forget()


def plan_row(city_name: str, plan_type: PlanType, version: int) -> dict[str, Any]:
    form_factor, propulsion_type = plan_type
    return {
        "id": uuid4(), "city": city_name, "form_factor": form_factor, "name": "Some",
        "propulsion_type": propulsion_type, "version": version, "currency": "USD",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_versions_are_found_by_their_index() -> None:
    """With many cities and versions: the planner would scan a table of few rows."""
    rows = [
        plan_row(city_name, plan_type, version)
        for city_name in ("new york", "boston", "paris", "seattle")
        for plan_type in PLAN_TYPES
        for version in range(1, 101)
    ]
    with db.engines["write"].begin() as connection:
        connection.execute(insert(PricingPlan), rows)
        connection.exec_driver_sql("ANALYZE pricing_plans")
    city = find_city()
    for read in (
        lambda: find_current_plan(city, SCOOTER),
        lambda: list_versions(city, SCOOTER, (50, uuid4())),
    ):
        plan = explain_plan(read)
        assert plan.indexes == {"uq_pricing_plans_version"}
        assert plan.most_rows <= 6
