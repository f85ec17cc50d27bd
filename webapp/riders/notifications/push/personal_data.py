"""The devices that get push messages in the personal data export."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.notifications.push.models import PushSubscription
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="push-devices",
    label=_l("The devices that get your notifications"),
    model=PushSubscription,
    columns=("region", "session_id", "created_at"),
    conditions=rows_with_key(PushSubscription, id="user_id"),
    order=("created_at", "id"),
)
