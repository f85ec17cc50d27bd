"""The job that rotates the keys."""

from webapp.auth.oauth.services.signing_keys import rotate_if_due
from webapp.jobs.kinds import JobKind, NoPayload, Priority, RunningJob
from webapp.jobs.schedules import Schedule

#: Looks each night whether a key is due, and deletes those whose tokens have ended.
ROTATE_KEYS = Schedule.daily(JobKind("oauth_keys", NoPayload, Priority.LOW), hour=2, for_site=True)


def rotate_keys(_: NoPayload, __: RunningJob) -> None:
    """Rotate the keys that sign access tokens, if that is due."""
    rotate_if_due()
