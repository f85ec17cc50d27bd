"""The statements that write and change notifications, and the choices of an account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Update,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor
from webapp.db.types import table
from webapp.jobs.writing import (
    derive_job_id,
    insert_jobs_cte,
    jobs_from_rows_query,
    key_payload,
)
from webapp.riders.notifications.models import Notification, NotificationChoices
from webapp.riders.notifications.push.job_kinds import PUSH
from webapp.riders.notifications.push.models import PushSubscription
from webapp.riders.notifications.quiet_hours import QuietHours


def insert_notification_statement(
    user_key: RowKey,
    notification_id: UUID,
    **values: Any,  # Any: of columns
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that writes a notification. Sent twice, it writes one; none for an
    account that has ended."""
    notifications = table(Notification)
    inserted = insert_if(
        is_account_open_condition(user_key),
        notifications,
        region=user_key.region,
        id=notification_id,
        user_id=user_key.id,
        **values,
    )
    return inserted.on_conflict_do_nothing().returning(notifications.c.id)


def notify_statement(
    user_key: RowKey, notification_id: UUID, push_at: datetime | None, **values: Any
) -> Select[tuple[UUID]]:
    """Return ``insert_notification_statement`` with the job that sends a push message, if the
    account has turned these on at a device.

    push_at: when to send it. None: never.
    """
    inserted = insert_notification_statement(user_key, notification_id, **values)
    notifications, subscriptions = table(Notification), table(PushSubscription)
    notification = inserted.returning(notifications.c.region).cte("notification")
    statement = select(notification.c.id).select_from(notification)
    if push_at is None:
        return statement
    has_device = exists().where(key_condition(subscriptions, user_key, id="user_id"))
    pushed = select(notification.c.region, notification.c.id).where(has_device).cte("pushed")
    job = jobs_from_rows_query(
        PUSH,
        key_payload(pushed),
        rows=pushed,
        region=pushed.c.region,
        account_key=user_key,
        due_at=literal(push_at, DateTime(timezone=True)),
        job_id=derive_job_id(PUSH, pushed.c.id),
    )
    return statement.add_cte(insert_jobs_cte(job))


def mark_as_read_statement(
    user_key: RowKey, notification_key: RowKey
) -> ReturningUpdate[tuple[str]]:
    """Return the statement that marks a notification of an account as read. It returns the path of
    the page that it is about; no row if the account has no such notification."""
    notifications = table(Notification)
    return (
        update(notifications)
        .where(
            key_condition(notifications, notification_key),
            key_condition(notifications, user_key, id="user_id"),
        )
        .values(read_at=func.coalesce(notifications.c.read_at, func.now()))
        .returning(notifications.c.path)
    )


def mark_all_as_read_statement(user_key: RowKey, newest: Cursor) -> Update:
    """Return the statement that marks the unread notifications of an account as read.

    newest: the time and the id of the last one that the person has seen; later ones stay unread.
    """
    notifications = table(Notification)
    return (
        update(notifications)
        .where(
            key_condition(notifications, user_key, id="user_id"),
            notifications.c.read_at.is_(None),
            notifications.c.is_listed,
            tuple_(notifications.c.created_at, notifications.c.id) <= newest,
        )
        .values(read_at=func.now())
    )


def choose_channels_statement(
    user_key: RowKey, channels: dict[str, list[str]]
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that saves by which channels the notifications of some topics come; the
    other topics stay as they are. No row for an account that has ended."""
    choices = table(NotificationChoices)
    inserted = insert_if(
        is_account_open_condition(user_key),
        choices,
        region=user_key.region,
        user_id=user_key.id,
        channels=channels,
    )
    merged = choices.c.channels.concat(inserted.excluded.channels)
    return inserted.on_conflict_do_update(
        index_elements=["region", "user_id"], set_={"channels": merged}
    ).returning(choices.c.user_id)


def choose_quiet_hours_statement(
    user_key: RowKey, hours: QuietHours | None
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that saves when push messages wait. No row for an account that has
    ended."""
    choices = table(NotificationChoices)
    values = {"quiet_from": hours and hours.start, "quiet_until": hours and hours.end}
    inserted = insert_if(
        is_account_open_condition(user_key),
        choices,
        region=user_key.region,
        user_id=user_key.id,
        channels={},
        **values,
    )
    return inserted.on_conflict_do_update(
        index_elements=["region", "user_id"], set_=values
    ).returning(choices.c.user_id)


def list_notifications_query(
    user_key: RowKey, after: Cursor | None, limit: int
) -> Select[tuple[Notification]]:
    """Return the query of a page of the notifications of an account, newest first."""
    query = (
        select(Notification)
        .where(key_condition(Notification, user_key, id="user_id"), Notification.is_listed)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(limit)
    )
    return query.where(_is_after(after)) if after else query


def _is_after(cursor: Cursor) -> ColumnElement[bool]:
    return tuple_(Notification.created_at, Notification.id) < cursor
