"""The page with the details of a vehicle, which its owner and staff share."""

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from webapp.fleet.queries.details import VehicleDetails
from webapp.fleet.unlock_codes.controllers import render_vehicle_label
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue


def render_details(details: VehicleDetails, *, is_own: bool) -> ResponseReturnValue:
    """Return the page. is_own: the reader is the owner, not staff."""
    vehicle = details.vehicle
    links = [
        link
        for link in get_hooks().vehicle_links
        if not is_own and current_user.has_permission(link.permission, vehicle.city)
    ]
    return render_template(
        "fleet/vehicle_details.html",
        details=details,
        vehicle=vehicle,
        city=catalogue().find(vehicle.city),
        is_own=is_own,
        links=links,
        label=Markup(render_vehicle_label(vehicle)),  # noqa: S704 - made here, texts escaped
    )
