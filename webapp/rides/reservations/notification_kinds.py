"""The kinds of notifications about reservations."""

from datetime import timedelta

from webapp.fleet.notification_kinds import name_vehicle_from_facts
from webapp.notification_kinds import NotificationKind, Topic
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: How long before the end of a reservation its rider is notified.
END_LEAD_TIME = timedelta(minutes=2)

RESERVATION_ENDS_SOON = NotificationKind(
    "reservation_ending",
    Topic.RESERVATION_ENDING,
    lambda facts: _(
        "Your reservation is about to end: %(name)s", name=name_vehicle_from_facts(facts)
    ),
    lasts=END_LEAD_TIME,
)

KINDS = (
    RESERVATION_ENDS_SOON,
    NotificationKind(
        "reservation_withdrawn",
        Topic.RESERVATION_WITHDRAWN,
        _l("Your reserved vehicle was taken out of service"),
        lasts=timedelta(hours=1),
    ),
)
