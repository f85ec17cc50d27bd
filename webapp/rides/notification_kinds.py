"""The kinds of notifications about rides and disputes."""

from datetime import timedelta

from webapp.fleet.notification_kinds import name_vehicle_from_facts
from webapp.notification_kinds import NotificationKind, Topic
from webapp.regions.catalogue import find_city_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

RECEIPT_WRITTEN = NotificationKind(
    "receipt",
    Topic.RECEIPT,
    lambda facts: _("Your ride in %(city)s", city=find_city_label(facts["city"])),
    brief_text=_l("Your receipt is ready"),
)
RIDE_LONG = NotificationKind(
    "long_ride",
    Topic.LONG_RIDE,
    lambda facts: _("Are you still riding? %(name)s", name=name_vehicle_from_facts(facts)),
    lasts=timedelta(hours=2),
)

KINDS = (
    RECEIPT_WRITTEN,
    RIDE_LONG,
    NotificationKind("dispute_answered", Topic.ANSWER, _l("We reviewed your ride")),
    NotificationKind(
        "rides_overdue",
        Topic.OVERDUE_RIDES,
        lambda facts: _("A ride in %(city)s has not ended", city=facts["city"]),
        ("city",),
    ),
)
