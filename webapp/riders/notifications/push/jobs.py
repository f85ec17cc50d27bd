"""Sending push messages."""

import json
import logging
from datetime import UTC, datetime
from uuid import uuid5

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from webapp import mail
from webapp.auth.models import User
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.jobs.writing import job_statement
from webapp.notification_kinds import NotificationKind
from webapp.riders.notifications.models import Notification, NotificationChoices
from webapp.riders.notifications.push.job_kinds import PUSH
from webapp.riders.notifications.push.sending import PushMessage, PushOutcome, send_message
from webapp.riders.notifications.push.subscriptions import (
    decrypt_device,
    list_subscriptions,
    turn_off,
)
from webapp.riders.notifications.push.vapid import find_push_key
from webapp.translations import get_language_code

log = logging.getLogger(__name__)


class PushNotSent(Exception):
    """A push service did not take a message."""


def send_push(payload: KeyPayload, job: RunningJob) -> None:
    """Send a notification to the devices of its account; not if it has been read or has lapsed.

    In quiet hours that were chosen meanwhile, another job does it later. Devices that got it before
    an attempt failed get it again, in place of the first one: it has the same tag.
    """
    row = find_in_any_region(_notification_query(), Notification, payload.key)
    if row is None:
        return
    notification, user, choices = row
    kind = get_hooks().notification_kinds.get(notification.kind)
    moment = datetime.now(UTC)
    if kind is None or notification.read_at or moment >= notification.created_at + kind.lasts:
        return
    quiet_until = choices and choices.find_quiet_end(moment, user.zone)
    if quiet_until:
        _send_later(payload, job, quiet_until)
        return
    _send_to_devices(notification, user, kind, moment)


def _notification_query() -> Select[tuple[Notification, User, NotificationChoices]]:
    is_of_account = (User.region == Notification.region) & (User.id == Notification.user_id)
    is_chosen = (NotificationChoices.region == User.region) & (
        NotificationChoices.user_id == User.id
    )
    return (
        select(Notification, User, NotificationChoices)
        .join(User, is_of_account)
        .outerjoin(NotificationChoices, is_chosen)
        .where(User.disabled_at.is_(None), User.deleted_at.is_(None))
        .options(undefer(User.unread_notifications))
    )


def _send_later(payload: KeyPayload, job: RunningJob, due_at: datetime) -> None:
    later = job_statement(
        PUSH,
        payload,
        region=job.key.region,
        account_key=job.account_key,
        due_at=due_at,
        job_id=uuid5(job.key.id, due_at.isoformat()),
    )
    execute_write(later, idempotent=True)


def _send_to_devices(
    notification: Notification, user: User, kind: NotificationKind, moment: datetime
) -> None:
    key = find_push_key()
    if key is None:
        return
    message = _make_message(notification, user, kind, moment)
    outcomes = set()
    for subscription in list_subscriptions(user):
        device = decrypt_device(subscription)
        outcome = send_message(device, message, key) if device else PushOutcome.REFUSED
        outcomes.add(outcome)
        if outcome is PushOutcome.ENDED:
            turn_off(user.key, subscription.id)
        if outcome is PushOutcome.REFUSED:
            log.warning("a push service has refused a message")
    if PushOutcome.RETRY in outcomes:
        raise PushNotSent


def _make_message(
    notification: Notification, user: User, kind: NotificationKind, moment: datetime
) -> PushMessage:
    """Return what the service worker shows (static/worker/push.js)."""
    with mail.language_of(user.recipient):
        content = {
            "body": kind.describe_briefly(notification.facts),
            "key": str(notification.key),
            "lang": get_language_code(),
            "path": notification.path or "/notifications",
            "tag": str(notification.id),
            "unread": user.unread_notifications,
        }
    lasts = notification.created_at + kind.lasts - moment
    return PushMessage(
        json.dumps(content).encode(), int(lasts.total_seconds()), notification.id.hex
    )
