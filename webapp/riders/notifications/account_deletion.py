"""Notifications of an account that has ended, in slices."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import delete_in_slices
from webapp.db.types import table
from webapp.riders.notifications.models import Notification


def delete_notifications_in_slices(user_key: RowKey) -> None:
    """Delete the notifications of an account; the hook ``deletion_slices``."""
    is_own = key_condition(table(Notification), user_key, id="user_id")
    delete_in_slices(Notification, user_key.region, is_own)
