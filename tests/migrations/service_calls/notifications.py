"""Calls of the services and queries of notifications."""

from collections.abc import Callable
from datetime import time
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import AFTER, RIDER, USER
from tests.migrations.service_calls.calls import execute
from webapp.db.keys import RowKey
from webapp.notification_kinds import Channel, Topic
from webapp.riders.notifications import services, statements
from webapp.riders.notifications.account_deletion import delete_notifications_in_slices
from webapp.riders.notifications.push import subscriptions, vapid
from webapp.riders.notifications.push.browser_keys import BrowserKeys
from webapp.riders.notifications.quiet_hours import QuietHours

NOTIFICATIONS: dict[str, Callable[[], Any]] = {
    "write a notification": execute(
        lambda: statements.insert_notification_statement(
            RIDER, UUID(int=30), kind="receipt", path="/", facts={"city": "paris"}
        )
    ),
    "write a notification with its push message": execute(
        lambda: statements.notify_statement(
            RIDER, UUID(int=30), AFTER[0], kind="receipt", path="/", facts={"city": "paris"}
        )
    ),
    "choose quiet hours": lambda: services.choose_quiet_hours(RIDER, QuietHours(time(22), time(7))),
    "the devices that get push messages": lambda: subscriptions.list_subscriptions(USER),
    "turn on a device": lambda: subscriptions.turn_on(
        USER, subscriptions.Device("https://push.example/1", BrowserKeys(b"", b""))
    ),
    "turn on a device again": lambda: subscriptions.turn_on_again(USER, "https://push.example/1"),
    "turn off a device": lambda: subscriptions.turn_off(RIDER, UUID(int=31)),
    "the key of push messages": vapid._load_key,
    "a page of notifications": lambda: services.list_notifications(RIDER, AFTER),
    "read a notification": lambda: services.mark_as_read(RIDER, RowKey("us-east1", UUID(int=30))),
    "read all notifications": lambda: services.mark_all_as_read(RIDER, AFTER),
    "choose how notifications come": lambda: services.choose_channels(
        RIDER, {Topic.RECEIPT: frozenset({Channel.PAGE})}
    ),
    "delete the notifications of an account": lambda: delete_notifications_in_slices(RIDER),
}
