"""The template filters and functions of the fleet, by the name that templates use."""

from collections.abc import Callable, Mapping

from flask import Flask

from webapp.fleet.pricing.labels import (
    estimates,
    plan_of,
    plan_type,
    price_facts,
    price_words,
    receipt_words,
)
from webapp.fleet.reports.labels import kind_label, queue_label, state_label
from webapp.fleet.unlock_codes.label_sheets import grouped
from webapp.fleet.zones.labels import square_km, zone_facts, zone_kind, zone_rule
from webapp.fleet.zones.rules import zones_of

FILTERS: Mapping[str, Callable[..., object]] = {
    "grouped": grouped,
    "report_kind": kind_label,
    "report_state": state_label,
    "report_queue": queue_label,
    "zone_kind": zone_kind,
    "zone_rule": zone_rule,
    "zone_facts": zone_facts,
    "square_km": square_km,
    "price_words": price_words,
    "price_facts": price_facts,
    "estimates": estimates,
    "receipt_words": receipt_words,
}
FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "plan_of": plan_of,
    "plan_type": plan_type,
    "zones_of": zones_of,
}


def init_app(app: Flask) -> None:
    """Add the filters and functions to the templates of ``app``."""
    for name, function in FILTERS.items():
        app.add_template_filter(function, name)
    for name, function in FUNCTIONS.items():
        app.add_template_global(function, name)
