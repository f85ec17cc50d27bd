"""The job that writes a notification."""

from webapp.hooks import get_hooks
from webapp.jobs.kinds import RunningJob
from webapp.riders.notifications.delivery import notify
from webapp.riders.notifications.job_kinds import NewNotification


def write_notification(new: NewNotification, job: RunningJob) -> None:
    """Write a notification for the account of the job. Kinds whose job is this one have no mail."""
    notify(job, get_hooks().notification_kinds[new.kind], new.path, new.facts)
