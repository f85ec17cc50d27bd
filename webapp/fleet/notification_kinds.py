"""The kinds of notifications about vehicles, reports and tasks."""

from datetime import timedelta
from typing import Any

from webapp.fleet.labels import name_vehicle
from webapp.fleet.models import Vehicle
from webapp.notification_kinds import Facts, NotificationKind, Topic
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


def make_vehicle_facts(vehicle: Vehicle) -> dict[str, Any]:  # Any: JSON
    """Return the facts from which ``name_vehicle_from_facts`` makes the name of a vehicle."""
    return {
        "brand": vehicle.brand,
        "form_factor": vehicle.form_factor,
        "propulsion_type": vehicle.propulsion_type,
    }


def name_vehicle_from_facts(facts: Facts) -> str:
    """Return what people call the vehicle of a notification."""
    return name_vehicle(facts["brand"], facts["form_factor"], facts["propulsion_type"])


SAVED_VEHICLE_FREE = NotificationKind(
    "saved_vehicle_free",
    Topic.VEHICLE_FREE,
    lambda facts: _("The vehicle you saved is free: %(name)s", name=name_vehicle_from_facts(facts)),
    lasts=timedelta(minutes=15),
)
VEHICLE_RECEIVED = NotificationKind(
    "vehicle_received",
    Topic.OWN_VEHICLES,
    lambda facts: _("A vehicle is yours now: %(name)s", name=name_vehicle_from_facts(facts)),
)
VEHICLE_GIVEN_AWAY = NotificationKind(
    "vehicle_given_away",
    Topic.OWN_VEHICLES,
    lambda facts: _("A vehicle is no longer yours: %(name)s", name=name_vehicle_from_facts(facts)),
)
TASK_ASSIGNED = NotificationKind("task_assigned", Topic.TASK, _l("A task was assigned to you"))

KINDS = (
    SAVED_VEHICLE_FREE,
    VEHICLE_RECEIVED,
    VEHICLE_GIVEN_AWAY,
    NotificationKind(
        "vehicle_offer_declined", Topic.OWN_VEHICLES, _l("Your offer of a vehicle was declined")
    ),
    NotificationKind("report_answered", Topic.ANSWER, _l("We looked into your report")),
    TASK_ASSIGNED,
)
