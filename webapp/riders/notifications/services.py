"""Notifications of an account: list them, read them, and choose how they come."""

from uuid import UUID

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.notifications.channels import ChannelsByTopic
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.quiet_hours import QuietHours
from webapp.riders.notifications.statements import (
    choose_channels_statement,
    choose_quiet_hours_statement,
    list_notifications_query,
    mark_all_as_read_statement,
    mark_as_read_statement,
)


def list_notifications(user_key: RowKey, after: Cursor | None) -> Page[Notification]:
    """Return one page of the notifications of an account, newest first."""
    query = list_notifications_query(user_key, after, page_size() + 1)
    rows = db.session.scalars(query).all()
    return make_page(rows, notification_cursor)


def notification_cursor(notification: Notification) -> tuple[object, UUID]:
    """Return where a notification stands in the list."""
    return notification.created_at, notification.id


def mark_as_read(user_key: RowKey, notification_key: RowKey) -> str:
    """Mark a notification of an account as read; return the path of the page that it is about, ''
    if there is none. Raises NotFound."""
    statement = mark_as_read_statement(user_key, notification_key)
    rows = execute_write(statement, idempotent=True)
    if not rows:
        raise NotFound
    path: str = rows[0].path
    return path


def mark_all_as_read(user_key: RowKey, newest: Cursor) -> None:
    """Mark the notifications of an account as read, up to the newest one that the person has
    seen."""
    execute_write(mark_all_as_read_statement(user_key, newest), idempotent=True)


def choose_channels(user_key: RowKey, channels: ChannelsByTopic) -> None:
    """Save by which channels the notifications of some topics come. Raises NotFound if the account
    has just been deleted or moved."""
    stored = {topic.value: sorted(each.value for each in channels[topic]) for topic in channels}
    if not execute_write(choose_channels_statement(user_key, stored), idempotent=True):
        raise NotFound


def choose_quiet_hours(user_key: RowKey, hours: QuietHours | None) -> None:
    """Save when push messages to an account wait; None: never. Raises NotFound if it has just been
    deleted or moved."""
    if not execute_write(choose_quiet_hours_statement(user_key, hours), idempotent=True):
        raise NotFound
