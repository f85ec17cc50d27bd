"""Notifications in the personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.notifications.models import Notification, NotificationChoices
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = (
    ExportSection(
        name="notifications",
        label=_l("Your notifications"),
        model=Notification,
        columns=("region", "kind", "path", "facts", "created_at", "read_at", "is_listed"),
        conditions=rows_with_key(Notification, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="notification-choices",
        label=_l("How your notifications come"),
        model=NotificationChoices,
        columns=("channels", "quiet_from", "quiet_until"),
        conditions=rows_with_key(NotificationChoices, id="user_id"),
        order=("user_id",),
    ),
)
