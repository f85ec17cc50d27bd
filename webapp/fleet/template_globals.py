"""The template filters and functions of the fleet."""

from collections.abc import Callable

from flask import Flask

from webapp.fleet.alerts.labels import alert_label, describe_alert_value, describe_threshold
from webapp.fleet.board.labels import format_alert_number, format_number
from webapp.fleet.bulk_actions.labels import bulk_result_label
from webapp.fleet.cards import render_cards, render_prices
from webapp.fleet.feed_subscriptions.labels import (
    feed_level,
    feed_period,
    health_label,
    result_label,
)
from webapp.fleet.forms import unfiltered_form
from webapp.fleet.labels import (
    form_factor_label,
    icon_name,
    type_icon_name,
    vehicle_name,
    vehicle_state_label,
)
from webapp.fleet.pricing.cache import find_plan, find_plan_id, find_type_plan
from webapp.fleet.pricing.labels import (
    describe_plan,
    describe_receipt,
    estimate_prices,
    format_price,
    list_prices,
    plan_label,
    plan_type_label,
)
from webapp.fleet.queues.service_times import service_targets
from webapp.fleet.ranges import has_low_range
from webapp.fleet.reports.labels import (
    report_kind_label,
    report_staff_state_label,
    report_state_label,
)
from webapp.fleet.reserved_vehicles import has_reserved
from webapp.fleet.saved_replies.labels import reply_queue_label
from webapp.fleet.saved_replies.queries import may_change_reply
from webapp.fleet.search_words import color_label
from webapp.fleet.tasks.labels import (
    task_kind_label,
    task_priority_label,
    task_source_label,
    task_state_label,
)
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.vehicle_actions.event_labels import describe_event, event_cause_label
from webapp.fleet.vehicle_actions.labels import action_label, out_of_service_label
from webapp.fleet.vehicle_actions.services import MANAGING_ACTIONS, list_permitted_actions
from webapp.fleet.vehicle_types.settings import find_type_settings, types_digest
from webapp.fleet.vehicle_types.start_battery import has_start_battery
from webapp.fleet.zones.cache import city_zones, may_start
from webapp.fleet.zones.descriptions import describe_zone, name_drawn_types
from webapp.fleet.zones.labels import own_zone_label, zone_kind_label, zone_label, zone_rule_label
from webapp.fleet.zones.map_layer import list_map_kinds
from webapp.fleet.zones.order_forms import seen_place

FILTERS: tuple[Callable[..., object], ...] = (
    alert_label,
    vehicle_name,
    icon_name,
    type_icon_name,
    form_factor_label,
    format_alert_number,
    format_number,
    vehicle_state_label,
    format_code,
    reply_queue_label,
    action_label,
    bulk_result_label,
    out_of_service_label,
    describe_event,
    event_cause_label,
    report_kind_label,
    report_state_label,
    report_staff_state_label,
    task_kind_label,
    task_priority_label,
    task_source_label,
    task_state_label,
    health_label,
    feed_level,
    feed_period,
    result_label,
    color_label,
    own_zone_label,
    zone_label,
    zone_kind_label,
    seen_place,
    name_drawn_types,
    zone_rule_label,
    plan_label,
    format_price,
    describe_plan,
    estimate_prices,
    describe_receipt,
)
FUNCTIONS: tuple[Callable[..., object], ...] = (
    describe_alert_value,
    describe_threshold,
    find_plan,
    find_plan_id,
    find_type_plan,
    find_type_settings,
    types_digest,
    has_start_battery,
    has_reserved,
    list_prices,
    plan_type_label,
    has_low_range,
    service_targets,
    may_change_reply,
    render_cards,
    render_prices,
    unfiltered_form,
    city_zones,
    may_start,
    describe_zone,
    list_map_kinds,
    list_permitted_actions,
)


def init_app(app: Flask) -> None:
    """Add the filters and functions to the templates of ``app``."""
    for function in FILTERS:
        app.add_template_filter(function)
    for function in FUNCTIONS:
        app.add_template_global(function)
    app.jinja_env.globals["MANAGING_ACTIONS"] = MANAGING_ACTIONS
