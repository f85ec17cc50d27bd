"""The price of a ride that is open or ends now. It stops growing at the longest length."""

from datetime import timedelta

from flask import current_app

from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Quote, forecast_price, quote_ride


def longest_ride() -> timedelta:
    """Return the duration after which the price of a ride no longer grows."""
    return timedelta(seconds=current_app.config["RIDE_MAX_S"])


def quote_open_ride(
    plan: PricingPlan | None, duration: timedelta, parking_fee: int = 0
) -> Quote | None:
    """Return the price of a ride that lasts ``duration`` now; None where riding is free.

    parking_fee: minor units, before tax.
    """
    if plan is None:
        return None
    return quote_ride(plan.tariff, min(duration, longest_ride()), parking_fee)


def forecast_open_ride(plan: PricingPlan, duration: timedelta) -> list[tuple[int, int]]:
    """Return ``forecast_price`` without what comes after the longest ride."""
    longest = longest_ride()
    forecast = forecast_price(plan.tariff, min(duration, longest))
    return [pair for pair in forecast if pair[0] <= longest // timedelta(seconds=1)]
