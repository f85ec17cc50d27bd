"""Jobs that write a notification, for changes that write no job of their own."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import CTE

from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.jobs.kinds import JobKind, Priority
from webapp.jobs.writing import job_statement
from webapp.notification_kinds import Facts, NotificationKind
from webapp.web.urls import find_local_path


@dataclass(frozen=True)
class NewNotification:
    """A notification for an account."""

    #: The name of a NotificationKind.
    kind: str
    path: str
    #: Any: JSON. Nothing personal.
    facts: dict[str, Any] = field(default_factory=dict)


#: Writes a notification; run by ``write_notification`` in webapp/riders/notifications/jobs.py.
NOTIFICATION = JobKind("notification", NewNotification, Priority.URGENT)


def notification_job_statement(
    kind: NotificationKind,
    user_key: RowKey,
    link: str,
    facts: Facts | None = None,
    *,
    after: CTE,
    job_id: UUID | None = None,
) -> Insert:
    """Return the INSERT of the job, for the statement of the change: it is written if the part
    ``after`` has a row.

    link: the address of the page that it is about.
    """
    payload = NewNotification(kind.name, find_local_path(link), dict(facts or {}))
    return job_statement(
        NOTIFICATION,
        payload,
        region=user_key.region,
        account_key=user_key,
        after=after,
        job_id=job_id,
    )
