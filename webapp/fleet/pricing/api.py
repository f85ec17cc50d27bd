"""The prices of a city, in the API."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Money
from webapp.fleet.pricing import models
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.labels import format_price, plan_label
from webapp.regions.catalogue import city_or_404
from webapp.web.access import public

bp = Blueprint("api_plans", __name__, url_prefix=f"{V1}/cities/<city_name>/plans")


class PriceSegment(Answer):
    """What is charged by time, as in GBFS `per_min_pricing`."""

    start_min: Annotated[int, Meta(description="From this minute of the ride on.")]
    end_min: Annotated[int | None, Meta(description="Until before this one; null: until the end.")]
    interval_min: Annotated[int, Meta(description="Each so many minutes; 0: once, at the start.")]
    rate: Money


class FareCap(Answer):
    """The most that a ride costs in each period."""

    period_min: int
    amount: Money


class ReservationTerms(Answer):
    """What reserving costs."""

    free_min: Annotated[int, Meta(description="Minutes without a price.")]
    max_min: Annotated[int, Meta(description="The longest in all.")]
    rate: Annotated[Money, Meta(description="Of each further minute.")]


class PricingPlan(Answer):
    """What riding costs with vehicles of a type."""

    id: Annotated[UUID, Meta(description="As `plan_id` of vehicles: another price is another id.")]
    name: str
    form_factor: Annotated[str, Meta(description="Of which vehicles; empty: of the others.")]
    propulsion_type: Annotated[str, Meta(description="Of which vehicles; empty: of the others.")]
    text: Annotated[str, Meta(description="All of it, for people.")]
    unlock_fee: Money
    segments: list[PriceSegment]
    fare_cap: FareCap | None
    parking_fee: Annotated[
        Money | None, Meta(description="Of ending where it is forbidden; null: not possible.")
    ]
    reservation: Annotated[
        ReservationTerms | None, Meta(description="Null: these vehicles cannot be reserved.")
    ]
    tax_percent: float
    tax_included: Annotated[bool, Meta(description="Whether the prices include the tax.")]


@bp.get("")
@public
@operation(list[PricingPlan])
def index(city_name: str) -> list[PricingPlan]:
    """List the prices of a city.

    For a vehicle holds the plan of its form factor and propulsion type, else that of its form
    factor, of its propulsion type, of all. Without a plan riding is free.
    """
    city = city_or_404(city_name)
    return [_describe_plan(plan) for plan in plan_cache().list_plans(city.name)]


def _describe_plan(plan: models.PricingPlan) -> PricingPlan:
    return PricingPlan(
        id=plan.id,
        name=plan_label(plan),
        form_factor=plan.form_factor,
        propulsion_type=plan.propulsion_type,
        text=format_price(plan),
        unlock_fee=_money(plan, plan.unlock_fee),
        segments=_describe_segments(plan),
        fare_cap=_describe_fare_cap(plan),
        parking_fee=None if plan.parking_fee is None else _money(plan, plan.parking_fee),
        reservation=_describe_reservation(plan),
        tax_percent=plan.tax_ppm / 10_000,
        tax_included=plan.tax_included,
    )


def _describe_segments(plan: models.PricingPlan) -> list[PriceSegment]:
    return [
        PriceSegment(
            start_min=segment.start,
            end_min=segment.end,
            interval_min=segment.interval,
            rate=_money(plan, segment.rate),
        )
        for segment in plan.tariff.segments
    ]


def _describe_fare_cap(plan: models.PricingPlan) -> FareCap | None:
    if plan.fare_cap is None:
        return None
    return FareCap(period_min=plan.fare_cap_min, amount=_money(plan, plan.fare_cap))


def _describe_reservation(plan: models.PricingPlan) -> ReservationTerms | None:
    if not plan.reserve_max_min:
        return None
    rate = _money(plan, plan.reservation_rate)
    return ReservationTerms(free_min=plan.reserve_min, max_min=plan.reserve_max_min, rate=rate)


def _money(plan: models.PricingPlan, amount: int) -> Money:
    return Money(amount=amount, currency=plan.currency)
