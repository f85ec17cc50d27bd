"""``system_pricing_plans.json``: what riding costs, by type of vehicle.

Version 3.0 has no fare caps and no prices of reserving: they stand in the description. The release
candidate of 3.1 has a field for fare caps, and one for a reservation at a flat rate: ours are free
for the minutes of ``default_reserve_time``. It cannot say what further minutes cost.
"""

from webapp.fleet.enums import VehicleType
from webapp.fleet.gbfs_publishing.data import (
    FileData,
    LocalizedText,
    name_in_all_languages,
    translate,
)
from webapp.fleet.gbfs_publishing.queries import list_city_types
from webapp.fleet.pricing.cache import find_type_plan
from webapp.fleet.pricing.labels import describe_plan, format_price
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Segment
from webapp.money import format_plain_amount
from webapp.regions.models import City
from webapp.templating import add_colon
from webapp.translations import gettext as _

#: The plan of vehicles that have none: riding is free.
FREE_PLAN_ID = "free"
#: The fields of ``Plan`` that the release candidate of 3.1 adds.
CANDIDATE_FIELDS = ("fare_capping", "reservation_price_flat_rate")


class PriceSegment(FileData):
    """What is charged from minute ``start`` on, each ``interval`` minutes; 0: once."""

    start: int
    rate: float
    interval: int
    end: int | None = None


class FareCap(FileData):
    """The most that a ride costs in each period."""

    #: Minutes.
    duration: int
    price: float


class Plan(FileData):
    """A version of a plan; another price is another plan."""

    plan_id: str
    name: LocalizedText
    currency: str
    price: float
    is_taxable: bool
    description: LocalizedText
    per_min_pricing: list[PriceSegment] | None = None
    fare_capping: FareCap | None = None
    reservation_price_flat_rate: float | None = None


class Plans(FileData):
    """The data of the file."""

    plans: list[Plan]


def make_pricing_plans(city: City) -> Plans:
    """Return the plans with which rides start now, each once."""
    found = {find_plan_id(city, each): _find_plan(city, each) for each in list_city_types(city)}
    return Plans([_make_plan(city, found[plan_id]) for plan_id in sorted(found)])


def find_plan_id(city: City, vehicle_type: VehicleType) -> str:
    """Return the ``plan_id`` for vehicles of a type."""
    plan = _find_plan(city, vehicle_type)
    return str(plan.id) if plan else FREE_PLAN_ID


def _find_plan(city: City, vehicle_type: VehicleType) -> PricingPlan | None:
    return find_type_plan(city.name, *vehicle_type)


def _make_plan(city: City, plan: PricingPlan | None) -> Plan:
    if plan is None:
        return Plan(
            plan_id=FREE_PLAN_ID,
            name=translate(lambda: _("Free")),
            currency=city.currency,
            price=0,
            is_taxable=False,
            description=translate(lambda: _("Free")),
        )
    return Plan(
        plan_id=str(plan.id),
        name=name_in_all_languages(plan.name, plan.labels),
        currency=plan.currency,
        price=_to_major_units(plan.unlock_fee, plan.currency),
        is_taxable=plan.tax_ppm > 0 and not plan.tax_included,
        description=translate(lambda: _describe(plan)),
        per_min_pricing=[_make_segment(each, plan.currency) for each in plan.tariff.segments]
        or None,
        fare_capping=_make_fare_cap(plan),
        reservation_price_flat_rate=0 if plan.reserve_min else None,
    )


def _make_fare_cap(plan: PricingPlan) -> FareCap | None:
    if plan.fare_cap is None:
        return None
    return FareCap(plan.fare_cap_min, _to_major_units(plan.fare_cap, plan.currency))


def _describe(plan: PricingPlan) -> str:
    """Return everything in a plan, in one text."""
    facts = [f"{add_colon(heading)} {text}" for heading, text in describe_plan(plan)]
    return "\n".join([format_price(plan), *facts])


def _make_segment(segment: Segment, currency: str) -> PriceSegment:
    rate = _to_major_units(segment.rate, currency)
    return PriceSegment(segment.start, rate, segment.interval, segment.end)


def _to_major_units(amount: int, currency: str) -> float:
    return float(format_plain_amount(amount, currency))
