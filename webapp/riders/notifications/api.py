"""The notifications of the account of a token, in the API."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body, Key, PageParameters, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.notification_kinds import Channel, Topic
from webapp.riders.notifications.channels import find_channels, list_offered_topics
from webapp.riders.notifications.controllers import loads_notification_choices
from webapp.riders.notifications.labels import describe_notification
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.services import (
    choose_channels,
    list_notifications,
    mark_as_read,
)
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_notifications", __name__, url_prefix=f"{V1}/me")


class AccountNotification(Answer):
    """A notification of the account."""

    id: Key
    kind: Annotated[str, Meta(description="What has happened. More kinds may come.")]
    text: Annotated[str, Meta(description="What people read, in the language of Accept-Language.")]
    url: Annotated[str | None, Meta(description="The page that it is about.")]
    created_at: Timestamp
    read_at: Timestamp | None


class TopicChannels(Answer):
    """How the notifications of a topic come."""

    topic: Annotated[str, Meta(description="More topics may come.")]
    channels: Annotated[list[str], Meta(description="page, mail, push.")]


class NewTopicChannels(Body):
    """How the notifications of a topic shall come."""

    topic: Topic
    channels: list[Channel]


@bp.get("/notifications")
@requires_scope(Scope.ACCOUNT_READ)
@operation(list[AccountNotification], query=PageParameters, is_paged=True)
def index(query: PageParameters) -> Page[AccountNotification]:
    """List the notifications, the newest first."""
    page = list_notifications(current_user.key, read_time_cursor(query.after))
    return Page([_describe(each) for each in page.rows], page.after)


def _describe(notification: Notification) -> AccountNotification:
    return AccountNotification(
        id=str(notification.key),
        kind=notification.kind,
        text=describe_notification(notification),
        url=notification.path or None,
        created_at=in_utc(notification.created_at),
        read_at=in_utc(notification.read_at),
    )


@bp.post("/notifications/<key:notification_key>/read")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204, is_repeatable=True)
def read(notification_key: RowKey) -> None:
    """Mark a notification as read."""
    mark_as_read(current_user.key, notification_key)


@bp.get("/notification-channels")
@requires_scope(Scope.ACCOUNT_READ)
@loads_notification_choices
@operation(list[TopicChannels])
def show_channels() -> list[TopicChannels]:
    """Show by which channels the notifications of each topic come."""
    return [
        TopicChannels(
            topic=topic.value,
            channels=sorted(find_channels(current_user.notification_choices, topic)),
        )
        for topic in list_offered_topics(current_user)
    ]


@bp.put("/notification-channels")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    None,
    status=204,
    body=NewTopicChannels,
    problems=(NotFound,),
    body_example=NewTopicChannels(topic=Topic.RECEIPT, channels=[Channel.PAGE]),
)
def save_channels(body: NewTopicChannels) -> None:
    """Choose by which channels the notifications of a topic come.

    What always comes, such as e-mails about the security of the account, comes all the same.
    """
    choose_channels(current_user.key, {body.topic: frozenset(body.channels)})
