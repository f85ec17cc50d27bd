"""The template filters and functions of the fleet, by the name that templates use."""

from collections.abc import Callable, Mapping

from flask import Flask

from webapp.fleet.labels import icon, vehicle_name
from webapp.fleet.labels import state_label as vehicle_state_label
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.labels import (
    describe_plan,
    describe_receipt,
    estimate_prices,
    format_price,
    plan_type_label,
)
from webapp.fleet.reports.labels import kind_label, queue_label, state_label
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.labels import (
    describe_zone_limits,
    format_area,
    zone_kind_label,
    zone_rule_label,
)

FILTERS: Mapping[str, Callable[..., object]] = {
    "vehicle_name": vehicle_name,
    "icon": icon,
    "state_label": vehicle_state_label,
    "format_code": format_code,
    "report_kind": kind_label,
    "report_state": state_label,
    "report_queue": queue_label,
    "zone_kind_label": zone_kind_label,
    "zone_rule_label": zone_rule_label,
    "describe_zone_limits": describe_zone_limits,
    "format_area": format_area,
    "format_price": format_price,
    "describe_plan": describe_plan,
    "estimate_prices": estimate_prices,
    "describe_receipt": describe_receipt,
}
FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "find_plan": find_plan,
    "plan_type_label": plan_type_label,
    "city_zones": city_zones,
}


def init_app(app: Flask) -> None:
    """Add the filters and functions to the templates of ``app``."""
    for name, function in FILTERS.items():
        app.add_template_filter(function, name)
    for name, function in FUNCTIONS.items():
        app.add_template_global(function, name)
