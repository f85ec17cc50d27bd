"""What rides of a fleet cost: quotes that many rides share."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.pricing.cache import find_type_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import quote_ride


class RidePrice(NamedTuple):
    """What a ride costs, in minor units of ``currency``. lines: JSON."""

    currency: str
    total: int
    tax: int
    lines: str


class PlanPrices:
    """The prices of a plan by started minutes: all that a tariff charges by."""

    def __init__(self, plan: PricingPlan) -> None:
        self.plan_id: UUID = plan.id
        self._tariff = plan.tariff
        self._find = cache(self._quote)

    def find_price(self, duration: timedelta) -> RidePrice:
        """Return the price of a ride."""
        return self._find(-(-duration // timedelta(minutes=1)))

    def _quote(self, minutes: int) -> RidePrice:
        quote = quote_ride(self._tariff, timedelta(minutes=minutes))
        return RidePrice(quote.currency, quote.total, quote.tax, json.dumps(quote.to_json()))


#: By the name of a type of vehicle; a type without a plan is free.
Prices = Mapping[str, PlanPrices]


def read_prices(city_name: str) -> Prices:
    """Return the prices of the current plans of a city."""
    plans = {name: find_type_plan(city_name, *type_) for name, type_ in VEHICLE_TYPES.items()}
    return {name: PlanPrices(plan) for name, plan in plans.items() if plan}
