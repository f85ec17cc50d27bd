"""What people read of notifications."""

from flask_babel import LazyString
from sqlalchemy import inspect

from webapp.auth.models import User
from webapp.hooks import get_hooks
from webapp.notification_kinds import Channel
from webapp.riders.notifications.models import MAX_UNREAD_SHOWN, Notification
from webapp.translations import lazy_gettext as _l

CHANNEL_LABELS: dict[Channel, LazyString] = {
    Channel.PAGE: _l("In the list"),
    Channel.MAIL: _l("E-mail"),
    Channel.PUSH: _l("Devices"),
}


def count_unread(user: User) -> str:
    """Return how many notifications an account has not read, for the header; '' if none. It is read
    with the account of a request: for another one it is ''."""
    number: int = inspect(user).dict.get("unread_notifications") or 0
    return f"{MAX_UNREAD_SHOWN}+" if number > MAX_UNREAD_SHOWN else str(number or "")


def describe_notification(notification: Notification) -> str:
    """Return the text of a notification. One of a kind that only a newer release knows stands for
    itself."""
    kind = get_hooks().notification_kinds.get(notification.kind)
    return kind.describe(notification.facts) if kind else notification.kind
