"""The routes of the application."""

from collections.abc import Callable

from flask import Flask
from werkzeug.routing import Rule

Address = Callable[[Rule], str]
#: Pages that name a vehicle by its own key; all others know its public one.
ENDPOINTS_WITH_VEHICLE_ID = {
    "fleet.task_planning.add",
    "fleet.owner.show",
    "fleet.owner.edit",
    "fleet.owner.remove",
    "fleet.vehicle_offers.offer",
    "fleet.staff.show",
    "fleet.alerts.mute",
    "fleet.unlock_codes.owner_label",
    "fleet.unlock_codes.staff_label",
    "rides.blocks.add",
    "rides.earnings.vehicle",
    "rides.staff.vehicle_costs",
    "rides.staff.vehicle_rides",
}


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
