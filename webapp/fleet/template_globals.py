"""What templates may say of the fleet: prices, zones, codes."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from webapp.fleet.pricing.labels import (
    estimates,
    plan_of,
    plan_type,
    price_facts,
    price_words,
    receipt_words,
)
from webapp.fleet.unlock_codes.label_sheets import grouped
from webapp.fleet.zones.labels import square_km, zone_facts, zone_kind, zone_rule
from webapp.fleet.zones.rules import zones_of


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
