"""Writing notifications, in the jobs that tell an account of something."""

from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

from webapp.auth.models import User
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.kinds import RunningJob
from webapp.mail import Values
from webapp.notification_kinds import Channel, Facts, NotificationKind
from webapp.riders.notifications.channels import find_channels
from webapp.riders.notifications.models import NotificationChoices
from webapp.riders.notifications.statements import notify_statement
from webapp.web.urls import find_local_path


def notify(job: RunningJob, kind: NotificationKind, link: str, facts: Facts | None = None) -> bool:
    """Write a notification for the account of a job, and tell whether it wants a mail, too.

    link: the address of the page that it is about; '': none.

    Run twice, the job writes one. Nothing is written for an account that was deleted meanwhile.
    """
    row = find_in_any_region(_account_query(), User, job.account_key) if job.account_key else None
    if row is None:
        return False
    user, choices = row
    channels = find_channels(choices, kind.topic)
    if channels & {Channel.PAGE, Channel.PUSH}:
        statement = notify_statement(
            user.key,
            job.key.id,
            _find_push_time(user, choices) if Channel.PUSH in channels else None,
            kind=kind.name,
            path=find_local_path(link),
            facts=dict(facts or {}),
            is_listed=Channel.PAGE in channels,
        )
        execute_write(statement, idempotent=True)
    return Channel.MAIL in channels


def _find_push_time(user: User, choices: NotificationChoices | None) -> datetime:
    """Return when to send a push message: now, or when the quiet hours of the account end."""
    moment = datetime.now(UTC)
    return (choices and choices.find_quiet_end(moment, user.zone)) or moment


def notify_of_mail(job: RunningJob, template: str, values: Values) -> bool:
    """Write the notification that belongs to a mail, and tell whether the account wants the mail;
    the hook ``on_account_mail``."""
    kind = get_hooks().notification_kinds.get(template)
    if kind is None or job.account_key is None:
        return True
    facts = {name: values[name] for name in kind.mail_facts if name in values}
    if len(facts) < len(kind.mail_facts):  # an older release has written the mail
        return True
    return notify(job, kind, str(values.get("link") or ""), facts)


def _account_query() -> Select[tuple[User, NotificationChoices]]:
    """Return the query of accounts with what they have chosen, NULL: nothing."""
    is_of_user = (NotificationChoices.region == User.region) & (
        NotificationChoices.user_id == User.id
    )
    return (
        select(User, NotificationChoices)
        .outerjoin(NotificationChoices, is_of_user)
        .where(User.deleted_at.is_(None))
        .options(lazyload("*"))
    )
