"""What templates may say of the fleet: prices, zones, codes."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from webapp.fleet.labels import grouped
from webapp.fleet.pricing.words import (
    estimates,
    plan_of,
    plan_type,
    price_facts,
    price_words,
    receipt_words,
)
from webapp.fleet.zones.rules import zones_of
from webapp.fleet.zones.words import square_km, zone_facts, zone_kind, zone_rule


def init_app(app: Flask) -> None:
    filters: list[Callable[..., Any]] = [
        grouped,
        zone_kind, zone_rule, zone_facts, square_km,
        price_words, price_facts, estimates, receipt_words,
    ]  # fmt: skip
    for each in filters:
        app.add_template_filter(each)
    for each in (plan_of, plan_type, zones_of):
        app.add_template_global(each)
