"""The kinds of notifications about what riders follow."""

from datetime import timedelta

from webapp.notification_kinds import NotificationKind, Topic
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: It does not name the vehicle: nobody can follow one by it (docs/profiles.md).
FOLLOWED_PLACE = NotificationKind(
    "followed_place",
    Topic.FOLLOWING,
    lambda facts: _("A vehicle is free near a place that you follow: %(place)s", **facts),
    brief_text=_l("A vehicle is free near a place that you follow"),
    lasts=timedelta(minutes=15),
)
FOLLOWED_OWNER = NotificationKind(
    "followed_owner", Topic.FOLLOWING, _l("An owner whom you follow has added a vehicle")
)

KINDS = (FOLLOWED_PLACE, FOLLOWED_OWNER)
