"""The pricing plans of the demo: invented, and similar to those of real services."""

from dataclasses import replace
from uuid import UUID, uuid5

from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.quotes import Segment
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.local_names import LOCAL_NAMES

#: The ids of the plans follow from it, so that the same demo has the same rows everywhere.
PLAN_NAMESPACE = UUID("d0c8f2e4-6c39-4b0e-9c0e-9a4d2f6f7b11")
#: By vehicle type; '' is any other. Amounts in cents, in Europe with tax.
TERMS = {
    "": PlanTerms(
        "Pay as you go",
        unlock_fee=100,
        segments=(Segment(0, 25, 1),),
        fare_cap=4000,
        reserve_min=10,
        reserve_max_min=10,
    ),
    "bike": PlanTerms(
        "Half an hour for a coin",
        unlock_fee=100,
        segments=(Segment(30, 10, 1),),
        fare_cap=1500,
        parking_fee=1000,
        reserve_min=15,
        reserve_max_min=15,
    ),
    "e-bike": PlanTerms(
        "E-bike by the minute",
        unlock_fee=100,
        segments=(Segment(0, 20, 1),),
        fare_cap=2500,
        reserve_min=10,
        reserve_max_min=10,
    ),
    "scooter": PlanTerms(
        "Scooter by the minute",
        unlock_fee=100,
        segments=(Segment(0, 29, 1),),
        fare_cap=3000,
        parking_fee=1500,
        reserve_min=10,
        reservation_rate=10,
        reserve_max_min=30,
    ),
    "skateboard": PlanTerms(
        "Roll as long as you like",
        unlock_fee=50,
        segments=(Segment(0, 10, 1, 60), Segment(60, 200, 60)),
        fare_cap=1200,
        reserve_min=10,
        reserve_max_min=10,
    ),
}
#: The tax in each city, millionths; about what is charged there.
TAX_PPM = {
    "new york": 88_750,
    "boston": 62_500,
    "washington dc": 60_000,
    "san francisco": 86_250,
    "seattle": 103_500,
    "los angeles": 97_500,
    "amsterdam": 210_000,
    "paris": 200_000,
    "rome": 220_000,
}


def plan_rows(city: DemoCity) -> list[dict[str, object]]:
    """Return the rows of a city's plans, each in its first version."""
    return [_make_plan_row(city, vehicle_type, terms) for vehicle_type, terms in TERMS.items()]


def _make_plan_row(city: DemoCity, vehicle_type: str, terms: PlanTerms) -> dict[str, object]:
    form_factor, propulsion_type = VEHICLE_TYPES.get(vehicle_type, ("", ""))
    names = {
        language: local_names.plans.get(vehicle_type, terms.name)
        for language, local_names in LOCAL_NAMES.items()
    }
    name = names.pop(city.language)
    city_terms = replace(
        terms,
        name=name,
        labels=names,
        form_factor=str(form_factor),
        propulsion_type=str(propulsion_type),
        tax_ppm=TAX_PPM[city.name],
        tax_included=city.currency != "USD",
    )
    plan_id = uuid5(PLAN_NAMESPACE, f"{city.name} {vehicle_type}")
    row = {"id": plan_id, "city": city.name, "currency": city.currency, "version": 1}
    return {**row, **city_terms.columns()}
